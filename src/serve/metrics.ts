/** Prometheus metrics, named after vLLM's. The gauges read the engine when they are scraped, so they cannot drift. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Engine, TextGeneration } from '../infer/index.ts';

export interface Metrics {
  readonly registry: Registry;
  /** Counts one ended request; call it once for each. */
  finished(generation: TextGeneration, failed: boolean): void;
  /** Counts one HTTP answer. */
  answered(route: string, status: number): void;
}

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120];
const secondsPerToken = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

export function createMetrics(engine: Engine, modelName: string): Metrics {
  const registry = new Registry();
  registry.setDefaultLabels({ model_name: modelName });
  const registers = [registry];
  const gauge = (name: string, help: string, read: () => number) =>
    new Gauge({ name: `athanor_${name}`, help, registers, collect: gaugeReader(read) });
  const counter = (name: string, help: string, read: () => number) =>
    new Counter({ name: `athanor_${name}`, help, registers, collect: counterReader(read) });
  const histogram = (name: string, help: string, buckets: number[]) =>
    new Histogram({ name: `athanor_${name}`, help, buckets, registers });

  gauge('requests_running', 'Requests that hold a slot.', () => engine.stats().running);
  gauge('requests_waiting', 'Requests that wait for a slot.', () => engine.stats().queued);
  gauge('slots', 'Requests that can run at once.', () => engine.stats().slots);
  counter('prompt_tokens_total', 'Prompt tokens run.', () => engine.stats().promptTokens);
  counter('generation_tokens_total', 'Tokens generated.', () => engine.stats().generatedTokens);
  counter('decode_steps_total', 'Decoding steps.', () => engine.stats().decodeSteps);
  counter(
    'decode_rows_total',
    'Rows over all decoding steps; divided by the steps it is the mean batch.',
    () => engine.stats().decodeRows,
  );
  new Gauge({
    name: 'process_resident_memory_bytes',
    help: 'Resident memory of the server.',
    registers,
    collect: gaugeReader(() => process.memoryUsage.rss()),
  });
  const queueTime = histogram('request_queue_time_seconds', 'From submission to the first step.', seconds);
  const firstToken = histogram('time_to_first_token_seconds', 'From submission to the first token.', seconds);
  const perToken = histogram(
    'time_per_output_token_seconds',
    'Mean time between tokens of a request.',
    secondsPerToken,
  );
  const latency = histogram('e2e_request_latency_seconds', 'From submission to the end.', seconds);
  const success = new Counter({
    name: 'athanor_request_success_total',
    help: 'Requests that ended without an error, by reason.',
    labelNames: ['finished_reason'],
    registers,
  });
  for (const reason of ['stop', 'length', 'cancelled']) success.inc({ finished_reason: reason }, 0);
  const failures = new Counter({
    name: 'athanor_request_failure_total',
    help: 'Requests that failed while running.',
    registers,
  });
  const answers = new Counter({
    name: 'athanor_http_requests_total',
    help: 'HTTP answers by route and status.',
    labelNames: ['route', 'status'],
    registers,
  });

  return {
    registry,
    finished(generation, failed) {
      if (failed) failures.inc();
      else success.inc({ finished_reason: generation.finishReason ?? 'cancelled' });
      const { submitted, started, firstToken: first, finished } = generation.timing;
      const tokens = generation.usage.completionTokens;
      if (started !== undefined) queueTime.observe((started - submitted) / 1000);
      if (first !== undefined) firstToken.observe((first - submitted) / 1000);
      if (finished !== undefined) latency.observe((finished - submitted) / 1000);
      if (finished !== undefined && first !== undefined && tokens > 1)
        perToken.observe((finished - first) / 1000 / (tokens - 1));
    },
    answered: (route, status) => answers.inc({ route, status }),
  };
}

function gaugeReader(read: () => number) {
  return function collect(this: Gauge): void {
    this.set(read());
  };
}

/** A counter whose truth is elsewhere: it is set anew at each scrape. */
function counterReader(read: () => number) {
  return function collect(this: Counter): void {
    this.reset();
    this.inc(read());
  };
}
