/** Types of the package asciichart, which ships none. */
declare module 'asciichart' {
  interface PlotOptions {
    readonly height?: number;
    readonly min?: number;
    readonly max?: number;
    readonly offset?: number;
    readonly padding?: string;
    /** Escape codes, one a series. */
    readonly colors?: readonly (string | undefined)[];
    readonly format?: (value: number, index: number) => string;
  }
  const asciichart: { plot(series: readonly number[] | readonly (readonly number[])[], options?: PlotOptions): string };
  export default asciichart;
}
