import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { errorResponse, startGateway, type Answer, type Form } from '../ingest/subscription/fake-gateway.js';
import { Workplace, type Finished } from './juliu.js';

export const place = new Workplace();

const SECRET = 'f3c1b2a4958677d0e1a2b3c4d5e6f708';
export const session = (name: string): string => `6100${name}e2a9c7b4f1d8e3a6b5c0d9f8e7a6b5c4d3e2f1a0b9c8d7e6f5`;
export const HIDDEN = /6100[a-z]e2a9|f3c1b2a4958677d0/;
export const done = '{"jushita_jms_user_add_response":{"is_success":true}}';
export const gone = errorResponse(
  27,
  'Invalid session',
  'invalid-sessionkey',
  'session &quot;6100be2a9c7b4f1d8e3a6b5c0d9f8e7a6b5c4d3e2f1a0b9c8d7e6f5&quot;',
);

export interface Desk {
  readonly calls: Form[];
  readonly environment: Readonly<Record<string, string>>;
  readonly run: (...args: string[]) => Promise<Finished>;
}

let files = 0;
/** A list on disk that only its owner may read. */
export function file(content: string | Uint8Array): string {
  const name = `list-${files++}.txt`;
  writeFileSync(place.path(name), content, { mode: 0o600 });
  return name;
}

/** Commands against a gateway; whatever they print or keep is searched for secrets. */
export async function atDesk(
  respond: (form: Form, call: number) => Answer,
  body: (desk: Desk) => Promise<void>,
): Promise<void> {
  const gateway = await startGateway({ secret: SECRET, appKey: '12345678', respond });
  const environment = {
    JULIU_TOP_APP_KEY: '12345678',
    JULIU_TOP_APP_SECRET: SECRET,
    JULIU_TOP_GATEWAY: gateway.url,
  };
  const run = async (...args: string[]): Promise<Finished> => {
    const finished = await place.run(args, { environment });
    assert.doesNotMatch(finished.stdout + finished.stderr, HIDDEN);
    return finished;
  };
  try {
    await body({ calls: gateway.calls, environment, run });
  } finally {
    await gateway.close();
  }
}
