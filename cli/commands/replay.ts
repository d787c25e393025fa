import { Command } from 'commander';
import { JuliuError } from '../../errors/juliu-error.js';
import { MessageCodec } from '../../ingest/messages/codec.js';
import { replayPipeline } from '../../ingest/repair/replay.js';
import { chinaTime, examples } from '../command-options.js';
import { withStore } from '../open-store.js';
import { repairOptions, runPipeline } from '../run-pipeline.js';
import { workOfPipeline } from '../work.js';
import type { Context, Runtime } from '../runtime.js';

interface ReplayOptions {
  readonly from: number;
  readonly to: number;
  readonly topic?: string;
}

export function replayCommand(runtime: Runtime): Command {
  return new Command('replay')
    .description('normalise stored messages again, for example after an update that reads a field better')
    .requiredOption('--from <time>', 'publish_time from, inclusive, UTC+8', chinaTime)
    .requiredOption('--to <time>', 'publish_time to, exclusive, UTC+8', chinaTime)
    .option('--topic <topic>', 'only messages of this topic')
    .addHelpText(
      'after',
      examples(
        'juliu replay --from 2026-10-01 --to 2026-11-01',
        'juliu replay --from "2026-10-01 08:00" --to "2026-10-01 09:00" --topic taobao_trade_TradeCreate',
      ),
    )
    .action((options: ReplayOptions, command: Command) => runtime.run(command, (context) => replay(context, options)));
}

async function replay(context: Context, range: ReplayOptions): Promise<void> {
  if (range.from >= range.to) {
    throw new JuliuError('USAGE', { detail: 'Option --from must be earlier than --to; nothing lies between them.' });
  }
  await withStore(
    context,
    async (store) => {
      const pipeline = replayPipeline(repairOptions(context, store, await MessageCodec.create()), range);
      await runPipeline(context, { command: 'replay', work: workOfPipeline(pipeline, 'replay'), store });
    },
    { schema: 'ready' },
  );
}
