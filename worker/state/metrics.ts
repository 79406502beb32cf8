/** Counters of this isolate, in the text format of Prometheus. */

export interface Metrics {
  count(name: string, labels: Readonly<Record<string, string>>): void;
  /** Sum of a counter over all its labels. */
  total(name: string): number;
  render(): string;
}

export function createMetrics(): Metrics {
  const counters = new Map<string, Map<string, number>>();
  return {
    count(name, labels) {
      const series = counters.get(name) ?? new Map<string, number>();
      counters.set(name, series);
      const key = Object.entries(labels)
        .map(([label, value]) => `${label}="${value}"`)
        .join(",");
      series.set(key, (series.get(key) ?? 0) + 1);
    },
    total(name) {
      return [...(counters.get(name)?.values() ?? [])].reduce((sum, value) => sum + value, 0);
    },
    render() {
      const lines = [...counters].flatMap(([name, series]) => [
        `# TYPE ${name} counter`,
        ...[...series].map(([labels, value]) => `${name}${labels && `{${labels}}`} ${value}`),
      ]);
      return `${lines.join("\n")}\n`;
    },
  };
}
