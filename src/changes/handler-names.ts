/** Handlers in an argument for the host program: as the files are named that keep them pending (src/facts/state/pending-handlers.ts). */
export function handlerNames(handlers: readonly string[]): string {
  return handlers.map(encodeURIComponent).join(' ');
}
