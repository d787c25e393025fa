import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseDocument } from 'yaml';
import { JuliuError } from '../errors/juliu-error.js';
import { contradictions } from './contradictions.js';
import { CONFIG_VARIABLE, readEnvironment } from './environment.js';
import { ConfigError, problemsOf, show, type Problem } from './problems.js';
import { fields, schema, type Settings } from './schema.js';
import { Secret } from './secret.js';

type DeepReadonly<T> = T extends Secret ? T : T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** The effective configuration: file, environment and command line checked together, secrets wrapped, frozen. */
export type Config = DeepReadonly<Settings>;

export interface ConfigInput {
  /** `--config`: must exist. Without it, `juliu.yaml` in `directory` is read when it is there. */
  readonly file?: string;
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** From the command line; wins over everything. Keys are dotted paths. */
  readonly overrides?: Readonly<Record<string, unknown>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** Where settings came from, for people: the file (if any) and the variables that were set. */
  readonly file: string | undefined;
  readonly variables: readonly string[];
}

type Tree = Record<string, unknown>;

/**
 * Command line over environment over file over defaults.
 * @throws ConfigError with every problem found; JuliuError CONFIG_FILE_UNREADABLE
 */
export function loadConfig(input: ConfigInput): LoadedConfig {
  const file = readConfigFile(input);
  const tree: Tree = file.tree;
  const environment = readEnvironment(input.environment, fields);
  const spelt = new Map<string, string>();
  for (const { field, value } of environment.values) {
    if (place(tree, field.path, value)) spelt.set(field.key, field.variable);
  }
  for (const [key, value] of Object.entries(input.overrides ?? {})) {
    place(tree, key.split('.'), value);
    spelt.delete(key);
  }
  const nameOf = (key: string): string => spelt.get(key) ?? key;
  const parsed = schema.safeParse(tree);
  const problems: Problem[] = [...environment.problems];
  if (!parsed.success) problems.push(...problemsOf(parsed.error.issues, tree, fields, nameOf));
  else problems.push(...contradictions(parsed.data, nameOf));
  const [first, ...rest] = problems;
  if (first !== undefined || !parsed.success) {
    throw new ConfigError([first ?? { key: '', value: 'invalid', cure: 'check it' }, ...rest]);
  }
  for (const { path } of fields.filter(({ kind }) => kind === 'secret')) readSecret(parsed.data, path, nameOf);
  return {
    config: deepFreeze(parsed.data),
    file: file.path,
    variables: environment.values.map(({ field }) => field.variable),
  };
}

function readConfigFile(input: ConfigInput): { readonly path: string | undefined; readonly tree: Tree } {
  const named = input.file ?? input.environment[CONFIG_VARIABLE];
  const path = resolve(input.directory, named ?? 'juliu.yaml');
  let source: string;
  try {
    source = readFileSync(path, 'utf8');
  } catch (cause) {
    if (named === undefined && (cause as NodeJS.ErrnoException).code === 'ENOENT') return { path: undefined, tree: {} };
    throw new JuliuError('CONFIG_FILE_UNREADABLE', { path, detail: (cause as Error).message }, { cause });
  }
  const document = parseDocument(source);
  const [broken] = document.errors;
  if (broken !== undefined) {
    const detail = broken.message.split('\n')[0]?.replace(/:$/, '') ?? 'not YAML';
    throw new JuliuError('CONFIG_FILE_UNREADABLE', { path, detail }, { cause: broken });
  }
  const content: unknown = withoutEmpty(document.toJS());
  if (content !== undefined && (typeof content !== 'object' || Array.isArray(content))) {
    const detail = `it holds ${show(content)} instead of sections such as store and ingest`;
    throw new JuliuError('CONFIG_FILE_UNREADABLE', { path, detail });
  }
  return { path, tree: (content ?? {}) as Tree };
}

/** A key without a value (all its lines commented out) counts as absent. */
function withoutEmpty(node: unknown): unknown {
  if (node === null) return undefined;
  if (typeof node !== 'object' || Array.isArray(node)) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, withoutEmpty(value)] as const);
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined));
}

/** Sets a leaf; false when a parent holds something else than a section (the schema then says so). */
function place(tree: Tree, path: readonly string[], value: unknown): boolean {
  let node = tree;
  for (const part of path.slice(0, -1)) {
    const section: unknown = node[part] ?? {};
    if (typeof section !== 'object' || section === null || Array.isArray(section)) return false;
    node[part] = section;
    node = section as Tree;
  }
  node[path.at(-1) ?? ''] = value;
  return true;
}

/** Puts the content of the file `<secret>File` beside a secret in its place. */
function readSecret(settings: Settings, path: readonly string[], nameOf: (key: string) => string): void {
  const name = path.at(-1) ?? '';
  const parent = path.slice(0, -1).reduce<unknown>((node, part) => (node as Tree)[part], settings) as Tree;
  const file = parent[`${name}File`];
  if (typeof file !== 'string') return;
  const key = nameOf(`${path.join('.')}File`);
  if (parent[name] !== undefined) {
    const cure = `but ${nameOf(path.join('.'))} is set too: keep one of them`;
    throw new ConfigError([{ key, value: show(file), cure }]);
  }
  try {
    parent[name] = new Secret(readFileSync(file, 'utf8').replace(/\r?\n$/, ''));
  } catch (cause) {
    const cure = `it cannot be read (${(cause as NodeJS.ErrnoException).code ?? 'error'}): check the path and its permissions`;
    throw new ConfigError([{ key, value: show(file), cure }]);
  }
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
