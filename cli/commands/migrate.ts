import { Command } from 'commander';
import { Migrator } from '../../sql/migrate/migrator.js';
import { examples } from '../command-options.js';
import { withStore } from '../open-store.js';
import type { Context, Runtime } from '../runtime.js';
import { table } from '../terminal/table.js';

export function migrateCommand(runtime: Runtime): Command {
  const command = (name: string, description: string, body: (context: Context, migrator: Migrator) => Promise<void>) =>
    new Command(name)
      .description(description)
      .addHelpText('after', examples(`juliu migrate ${name}`))
      .action((_options: unknown, invoked: Command) =>
        runtime.run(invoked, (context) =>
          withStore(context, (store) => body(context, new Migrator(store, { ttl: context.config.ttl })), {
            create: true,
            repeatable: () => true,
          }),
        ),
      );
  return new Command('migrate')
    .description('the schema of the store: what would change, change it, what is there')
    .addCommand(command('plan', 'print the statements that apply would run', plan))
    .addCommand(command('apply', 'bring the schema up to date; safe to run twice, also at once', apply))
    .addCommand(command('status', 'which migrations are applied', status))
    .addHelpText('after', examples('juliu migrate status', 'juliu migrate plan > changes.sql'));
}

async function plan(context: Context, migrator: Migrator): Promise<void> {
  const planned = await migrator.plan();
  for (const migration of planned) {
    if (context.json) await context.out.json(migration);
    else {
      await context.out.line(`-- ${migration.version} ${migration.name}`);
      for (const statement of migration.statements) await context.out.line(`${statement};`);
    }
  }
  if (planned.length === 0) context.status.print('The schema is up to date: nothing to apply.');
}

async function apply(context: Context, migrator: Migrator): Promise<void> {
  const applied = await migrator.apply((step) => {
    if (context.status.isTerminal) {
      context.status.update(`migrate ${step.version} ${step.name} ${step.statement}/${step.statements}`);
    }
  });
  context.status.clear();
  for (const { version, name, statements, milliseconds } of applied) {
    if (context.json) await context.out.json({ version, name, statements, milliseconds });
    else
      await context.out.line(`applied ${version} ${name} (${statements} statements, ${Math.round(milliseconds)} ms)`);
  }
  if (applied.length === 0) context.status.print('The schema is up to date: nothing to apply.');
}

async function status(context: Context, migrator: Migrator): Promise<void> {
  const states = await migrator.status();
  if (context.json) {
    for (const state of states) await context.out.json(state);
    return;
  }
  const rows = states.map(({ version, name, state, appliedAt }) => [version, name, state, appliedAt ?? '']);
  await context.out.line(table(['version', 'name', 'state', 'applied at (UTC+8)'], rows));
}
