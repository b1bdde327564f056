/** Server-sent events, as OpenAI's streaming uses them: `data: <json>` lines, then `data: [DONE]`. */
import { toApiError } from './errors.ts';

/**
 * Streams what `events` yields. A failure half-way is sent as an error object and ends the stream without [DONE].
 * @param onClose called once when the stream is over, read to its end or not: there the work behind it is cancelled
 */
export function sseResponse(events: AsyncIterable<unknown>, onClose: () => void): Response {
  const encoder = new TextEncoder();
  const iterator = events[Symbol.asyncIterator]();
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    onClose();
    void iterator.return?.().catch(() => {}); // lets an abandoned source clean up
  };
  const body = new ReadableStream<Uint8Array>({
    // One event per pull: a slow client holds back its own stream only.
    async pull(controller) {
      try {
        const { done, value } = await iterator.next();
        if (closed) return;
        controller.enqueue(encoder.encode(`data: ${done ? '[DONE]' : JSON.stringify(value)}\n\n`));
        if (done) {
          controller.close();
          close();
        }
      } catch (error) {
        if (closed) return;
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(toApiError(error).body)}\n\n`));
        controller.close();
        close();
      }
    },
    cancel: close,
  });
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-cache',
      // Proxies such as nginx would otherwise hold the pieces back.
      'x-accel-buffering': 'no',
    },
  });
}
