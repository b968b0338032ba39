import { expect } from 'vitest';

/** The samples of an exposition in Prometheus' text format, by name and labels; every line has to be a sample. */
export async function scrape(origin: string): Promise<Map<string, number>> {
  const response = await fetch(`${origin}/metrics`);
  expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
  const samples = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    if (line === '' || /^# (HELP|TYPE) \w+ \S/.test(line)) continue;
    const sample = /^([a-zA-Z_:][\w:]*(?:\{(?:\w+="[^"\\]*",?)*\})?) (\S+)$/.exec(line);
    expect(sample, line).not.toBeNull();
    samples.set(sample![1]!, Number(sample![2]));
  }
  return samples;
}
