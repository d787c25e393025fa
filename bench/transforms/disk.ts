import type { FigurePrinter } from '../figures.js';
import { runChild } from '../ingest/child.js';
import type { TableSize } from './disk-process.js';

const LAYERS = ['events', 'typed', 'states', 'marts'] as const;
const TYPED = [
  'trade_events',
  'refund_events',
  'item_events',
  'logistics_traces',
  'review_events',
  'distribution_events',
];
const MIB = 2 ** 20;

function layerOf({ table }: TableSize): (typeof LAYERS)[number] | undefined {
  if (table === 'events') return 'events';
  if (TYPED.includes(table)) return 'typed';
  if (table.endsWith('_state')) return 'states';
  return table.endsWith('_facts') ? 'marts' : undefined;
}

/** Bytes on disk of each layer, per message. */
export async function diskFigures(printer: FigurePrinter, dataDir: string): Promise<void> {
  const sizes = (await runChild('../transforms/disk-process.js', [dataDir])) as TableSize[];
  const sumOf = (layer: string, key: 'rows' | 'bytes'): number =>
    sizes.filter((size) => layerOf(size) === layer).reduce((sum, size) => sum + size[key], 0);
  const messages = sumOf('typed', 'rows');
  for (const layer of LAYERS) {
    const bytes = sumOf(layer, 'bytes');
    // The minutes are in the typed tables only: the raw messages are counted by themselves.
    const count = layer === 'events' ? sumOf('events', 'rows') : messages;
    printer.add({ name: `disk_${layer}`, value: bytes / count, unit: 'bytes/message' });
  }
  for (const size of sizes) {
    if (size.rows === 0 || layerOf(size) === undefined) continue;
    const unit = `bytes/row, ${size.rows} rows, ${Math.round(size.bytes / MIB)} MiB, ${size.parts} parts`;
    printer.add({ name: `disk_${size.table}`, value: size.bytes / size.rows, unit });
  }
}
