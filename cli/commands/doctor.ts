import { Command } from 'commander';
import { effectiveSettings } from '../../config/effective.js';
import { JuliuError } from '../../errors/juliu-error.js';
import { examples } from '../command-options.js';
import { fail, ok, warn, type Finding } from '../doctor/finding.js';
import { checkClock, checkDisk, checkFonts, checkNode, checkTimeZones } from '../doctor/machine.js';
import { checkRocketmq } from '../doctor/rocketmq.js';
import { checkSubscription } from '../doctor/subscription.js';
import { checkFolder, checkStore } from '../doctor/store.js';
import { lanesOf } from '../ingest-work.js';
import { storeExists, withStore } from '../open-store.js';
import type { Context, Runtime } from '../runtime.js';

export function doctorCommand(runtime: Runtime): Command {
  return new Command('doctor')
    .description('check configuration, store, broker, sellers, disk, clock and this machine, and say what to do')
    .addHelpText('after', examples('juliu doctor', 'juliu doctor --config /etc/juliu.yaml'))
    .action((_options: unknown, command: Command) => runtime.run(command, doctor));
}

async function doctor(context: Context): Promise<void> {
  let failures = 0;
  const tell = async (...findings: readonly Finding[]): Promise<void> => {
    for (const { check, status, text } of findings) {
      if (status === 'fail') failures += 1;
      if (context.json) await context.out.json({ check, status, text });
      else await context.out.line(`${status.padEnd(4)}  ${check.padEnd(13)} ${text}`);
    }
  };
  await tell(checkNode(process.version, [20, 15]), checkClock(Date.now()), checkTimeZones());
  await tell(configuration(context));
  await tell(...(await storeFindings(context)));
  if (context.config.top.appKey !== undefined) {
    await tell(...(await checkSubscription(context.config, sellersOfLanes(context))));
  }
  await tell(...(await checkRocketmq(context)));
  await tell(await checkFonts());
  const settings = effectiveSettings(context.config);
  if (context.json) {
    for (const { key, value, changed } of settings) await context.out.json({ setting: key, value, changed });
  } else {
    await context.out.line('\nSettings in force (* differs from the default):');
    for (const { key, value, changed } of settings) await context.out.line(`${changed ? '*' : ' '} ${key}: ${value}`);
  }
  if (failures > 0) throw new JuliuError('DOCTOR_FAILED', { failures });
}

/** Lanes list nicks and ids; the platform is asked by nick. */
function sellersOfLanes(context: Context): { readonly place: string; readonly nick: string }[] {
  let lanes: ReturnType<typeof lanesOf>;
  try {
    lanes = lanesOf(context);
  } catch {
    return []; // The check of the broker says what is wrong with them.
  }
  return (lanes ?? []).flatMap(({ name, users }) =>
    users.filter((user) => !/^\d+$/.test(user)).map((nick) => ({ place: `lane ${name}`, nick })),
  );
}

function configuration({ loaded }: Context): Finding {
  const file = loaded.file ?? 'no file';
  const variables = loaded.variables.length === 0 ? '' : `, ${loaded.variables.join(', ')}`;
  return ok('configuration', `${file}${variables}; every setting is usable`);
}

async function storeFindings(context: Context): Promise<Finding[]> {
  const { config } = context;
  const embedded = config.store.engine === 'embedded';
  const findings = embedded
    ? [...(await checkFolder(config.store.embedded.dataDir)), await checkDisk(config.store.embedded.dataDir)]
    : [];
  if (embedded && !(await storeExists(config))) {
    const { dataDir } = config.store.embedded;
    return [
      ...findings,
      warn('store', `${dataDir} holds no store yet; \`juliu start\` or \`juliu migrate apply\` makes it.`),
    ];
  }
  try {
    return [
      ...findings,
      ...(await withStore(context, (store) => checkStore(store, config, Date.now), { repeatable: () => true })),
    ];
  } catch (error) {
    if (!(error instanceof JuliuError)) throw error;
    return [...findings, fail('store', error.message)];
  }
}
