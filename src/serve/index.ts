/** Serving: an OpenAI-compatible HTTP server with a chat page, for one model. Node only. */
export { type App, type AppOptions, createApp } from './app.ts';
export { type ApiError, type ApiErrorBody, toApiError } from './errors.ts';
export { type RunningServer, type ServerOptions, startServer } from './server.ts';
