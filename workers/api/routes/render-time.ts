/** Renders a time (milliseconds since the epoch) as `2026-01-02T03:04:05.678Z`. */
export function renderTime(time: number): string {
  return new Date(time).toISOString();
}
