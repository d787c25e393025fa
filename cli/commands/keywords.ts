import { createInterface } from 'node:readline';
import { Command } from 'commander';
import { KeywordExtractor } from '../../transforms/reviews/keywords/extractor.js';
import { examples } from '../command-options.js';
import type { Context, Runtime } from '../runtime.js';
import { toJson } from '../terminal/output.js';

export function keywordsCommand(runtime: Runtime): Command {
  return new Command('keywords')
    .description('what buyers complain about: reads reviews from standard input, one JSON line {"id","text"} each')
    .addHelpText('after', examples(`echo '{"id":"1","text":"物流太慢了"}' | juliu keywords`))
    .action((_options: unknown, command: Command) => runtime.run(command, (context) => keywords(context)));
}

async function keywords(context: Context): Promise<void> {
  const extractor = KeywordExtractor.load();
  let chunk = '';
  for await (const line of createInterface({ input: process.stdin })) {
    const { id, text } = JSON.parse(line) as { id: string; text: string };
    const { polarity, score, findings, skipped } = extractor.read(text);
    chunk += `${toJson({ id, polarity, score, findings, skipped })}\n`;
    if (chunk.length > 65536) {
      await context.out.write(chunk);
      chunk = '';
    }
  }
  await context.out.write(chunk);
}
