/** Counters and gauges of this isolate, in the text format of Prometheus. */

export interface Metrics {
  count(name: string, labels: Readonly<Record<string, string>>): void;
  /** Moves a gauge up or down. */
  move(name: string, by: number): void;
  /** Sum over all labels; of a gauge, its value. */
  total(name: string): number;
  render(): string;
}

export function createMetrics(): Metrics {
  const counters = new Map<string, Map<string, number>>();
  const gauges = new Map<string, number>();
  return {
    count(name, labels) {
      const series = counters.get(name) ?? new Map<string, number>();
      counters.set(name, series);
      const key = Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",");
      series.set(key, (series.get(key) ?? 0) + 1);
    },
    move(name, by) {
      gauges.set(name, (gauges.get(name) ?? 0) + by);
    },
    total(name) {
      const counted = [...(counters.get(name)?.values() ?? [])].reduce((sum, value) => sum + value, 0);
      return counted + (gauges.get(name) ?? 0);
    },
    render() {
      const lines = [...counters].flatMap(([name, series]) => [
        `# TYPE ${name} counter`,
        ...[...series].map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`),
      ]);
      const levels = [...gauges].flatMap(([name, value]) => [`# TYPE ${name} gauge`, `${name} ${value}`]);
      return `${[...lines, ...levels].join("\n")}\n`;
    },
  };
}
