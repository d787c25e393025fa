/** From messages as they come to keywords: ingest, the job with the real extractor, the views. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, beforeEach, test } from 'node:test';
import { jobsOf } from '../../../transforms/jobs.js';
import { keywordReader } from '../../../transforms/reviews/keyword-reader.js';
import type { RunRequest } from '../../../transforms/run.js';
import { Scheduler } from '../../../transforms/scheduler.js';
import { rowsIn, temporaryStore } from '../../ingest/real-store.js';
import { ingest } from '../../kpi/history.js';
import { emptyStore, runnerOf } from '../../kpi/marts.js';
import { linesOf, run as simulate, START } from '../../simulate/captured.js';

const { store, close } = await temporaryStore();
after(close);
const folder = mkdtempSync(join(tmpdir(), 'juliu-lexicon-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const ownWords = join(folder, 'own.tsv');
const header = 'word\trole\tpolarity\tweight\tdimension';
writeFileSync(ownWords, `${header}\n`);

const notices: string[] = [];
const jobs = jobsOf({ lexicon: [ownWords], onNotice: (sentence) => notices.push(sentence) }).filter(
  ({ name }) => name === 'reviews',
);
const DAY = 24 * 3_600_000;

beforeEach(() => emptyStore(store));

async function work(request: RunRequest = { kind: 'incremental' }): Promise<void> {
  for (const job of jobs) await runnerOf(store, { jobs }).run(job, request);
}

/** One round of the scheduler, as `start` has it every 15 seconds. */
async function round(): Promise<void> {
  let scheduler: Scheduler | undefined;
  await new Promise<void>((resolve, reject) => {
    scheduler = new Scheduler({
      runner: runnerOf(store, { jobs }),
      jobs,
      schedule: '* * * * * *',
      retry: { tries: 1, initialMs: 1, maxMs: 1 },
      onNotice: (sentence) => reject(new Error(sentence)),
      onResult: () => resolve(),
      startTicking: () => ({ stop: () => undefined }),
    }).start();
  });
  await scheduler?.stop();
}

const content = (more: Readonly<Record<string, unknown>>): string =>
  JSON.stringify({
    tid: 597944995935852,
    oid: 597936801494539,
    num_iid: 45558754196,
    seller_nick: '暖屋',
    biz_type: 0,
    gmt_modified: '2026-10-03 10:00:00',
    ...more,
  });
let sent = 0;
/** A message as the platform publishes it. */
const message = (more: Readonly<Record<string, unknown>>, at = '2026-10-03 10:00:02'): Uint8Array =>
  Buffer.from(
    JSON.stringify({
      topic: 'taobao_traderate_ImprBadTag',
      content: content(more),
      outgoing_id: 7_000_000_000 + ++sent,
      publish_time: Date.parse(`${at.replace(' ', 'T')}+08:00`),
      publisher_appkey: '12497914',
      user_id: 123456789,
      user_nick: '暖屋',
    }),
  );

const daily = (): Promise<unknown[][]> =>
  rowsIn(
    store,
    `SELECT toString(day), toString(num_iid), dimension, keyword, toUInt32(reviews), toUInt32(item_reviews)
     FROM juliu.negative_keywords ORDER BY ALL`,
  );

test('what a buyer writes comes out as item, day, dimension and keyword; contacts do not', async () => {
  const feedback = '物流太慢了，等了八天！客服爱理不理，打13912345678也没人接';
  await ingest(store, [
    message({ feedback, impr_words: '[物流]-[负面]-[物流慢]；[服务态度]-[负面]-[客服不理人]' }),
    message({ tid: 2, oid: 2, feedback: '快递好慢。', impr_words: '物流-负面-发货慢;尺码-负面-偏小' }),
    message({ tid: 3, oid: 3, feedback: '此用户没有填写评价' }),
  ]);
  await round();
  const rows = await daily();
  // Two buyers in other words, one keyword; the third says nothing and is not counted.
  assert.deepEqual(
    rows.filter(([, , , keyword]) => keyword === '物流慢'),
    [['2026-10-03', '45558754196', 'logistics', '物流慢', 2, 2]],
  );
  assert.ok(rows.some(([, , dimension]) => dimension === 'service'));
  const texts = JSON.stringify(await rowsIn(store, 'SELECT text, findings FROM juliu.review_readings'));
  assert.ok(texts.includes('[phone]') && !texts.includes('13912345678'));
  const examples = await rowsIn(
    store,
    "SELECT examples FROM juliu.negative_keywords WHERE keyword = '物流慢' OR dimension = 'service' ORDER BY dimension",
  );
  assert.deepEqual(examples[0], [['快递好慢', '物流太慢了']]);
  assert.deepEqual(examples[1], [[]], 'what one buyer alone says has no example');
  const agreement = await rowsIn(
    store,
    'SELECT dimension, toUInt32(labelled), toUInt32(agreed) FROM juliu.label_agreement ORDER BY dimension',
  );
  assert.deepEqual(agreement, [
    ['logistics', 2, 2],
    ['match', 1, 0],
    ['service', 1, 1],
  ]);
});

test('one buyer counts once: follow-up before its review, lines alike, doubled and re-published messages', async () => {
  const followUp = { biz_type: 3, feedback: '异味大', gmt_modified: '2026-10-03 20:00:00' };
  const bodies = [
    message(followUp, '2026-10-03 20:00:02'),
    message({ feedback: '异味很大，异味大得很' }),
    message({ oid: 597936801494540, feedback: '异味很大，异味大得很' }),
  ];
  // The same once more under other ids.
  const again = [message(followUp, '2026-10-03 20:00:02'), message({ feedback: '异味很大，异味大得很' })];
  await ingest(store, bodies.slice(0, 1));
  await work();
  await ingest(store, [...bodies, ...bodies.slice(1), ...again]);
  await work();
  const counted = [['2026-10-03', '45558754196', 'product', '异味大', 1, 1]];
  const said = (await daily()).filter(([, , , keyword]) => keyword === '异味大');
  assert.deepEqual(said, counted);
  const incremental = await rowsIn(store, 'SELECT * FROM juliu.review_readings ORDER BY ALL');
  await work({ kind: 'full' });
  assert.deepEqual(await rowsIn(store, 'SELECT * FROM juliu.review_readings ORDER BY ALL'), incremental);
});

test('a word added to the own lexicon is found in what was written long before', async () => {
  await ingest(store, [message({ feedback: '这衣服太踢啦了' })]);
  await work();
  assert.deepEqual(await daily(), []);
  writeFileSync(ownWords, `${header}\n踢啦\topinion\tnegative\t2\tworkmanship\n`);
  await work();
  const [row] = await daily();
  assert.deepEqual([row?.[2], String(row?.[3]).includes('踢啦')], ['product', true]);
  assert.equal((await rowsIn(store, 'SELECT DISTINCT version FROM juliu.review_readings')).length, 1);
});

test('an own lexicon that cannot be used, or is gone, is told once; what comes is read with the one before', async () => {
  writeFileSync(ownWords, `${header}\n`);
  await ingest(store, [message({ feedback: '物流太慢了' })]);
  await work();
  const readings = (): Promise<unknown[][]> => rowsIn(store, 'SELECT * FROM juliu.review_readings WHERE tid != 2');
  const before = await readings();
  notices.length = 0;
  writeFileSync(ownWords, `${header}\n踢啦\tnonsense\n`);
  await work();
  await ingest(store, [message({ tid: 2, oid: 2, feedback: '快递好慢' })]);
  await work();
  assert.deepEqual(await daily(), [['2026-10-03', '45558754196', 'logistics', '物流慢', 2, 2]]);
  assert.equal(notices.length, 1);
  assert.match(notices[0] ?? '', /own\.tsv is unusable at line 2/);
  rmSync(ownWords);
  await work();
  await work();
  assert.match(notices[1] ?? '', /own\.tsv cannot be used: ENOENT/);
  assert.deepEqual([notices.length, await readings()], [2, before]);
  writeFileSync(ownWords, `${header}\n`);
  await work();
  assert.deepEqual(await readings(), before);
  // Whoever has read nothing yet has no lexicon to keep.
  writeFileSync(ownWords, `${header}\n踢啦\tnonsense\n`);
  await assert.rejects(keywordReader({ lexicon: [ownWords] }).open(), /own\.tsv is unusable at line 2/);
  writeFileSync(ownWords, `${header}\n`);
});

/** Complaints of the simulator that say it in so many words, and what a keyword for it must hold: by reading its sentences. */
const SAID: Readonly<Record<string, RegExp>> = {
  物流慢: /慢|久/,
  发货慢: /发货/,
  做工粗糙: /做工|线头|走线|粗糙|毛糙|细节/,
  味道刺鼻: /味|刺鼻|难闻|熏/,
  噪音大: /噪音|吵|响|声音/,
  色差大: /色差|颜色/,
  尺码不准: /尺码|小|大|版型|合身|不准/,
  包装简陋: /包装|盒子|塑料袋|简陋|敷衍|保护/,
  客服态度差: /客服|态度|爱理不理|敷衍|阴阳怪气|一问三不知/,
  价格贵: /贵|价|不值/,
  运费贵: /运费|邮费|偏远/,
  假货: /假|仿|正品|骗子|上当/,
  异味大: /异味/,
};

test('planted complaints come out where they were planted, and a planted defect is the first of the unusual', async () => {
  const burstAt = START + 20 * DAY;
  const shop = simulate({ messages: 150_000, seed: 5, burstAt, duplicates: 0.05, republish: 0.02, disorder: 0.1 });
  const reviews = shop.bodies.filter((body) => Buffer.from(body).includes('ImprBadTag'));
  const [planted] = linesOf(shop, 'burst');
  assert.ok(planted !== undefined && reviews.length > 300);
  const early = reviews.filter((body) => publishedAt(body) < burstAt);
  await ingest(store, early);
  await round();
  const unusual = (asof: number): Promise<unknown[][]> =>
    rowsIn(
      store,
      `SELECT toString(num_iid), dimension, keyword, action FROM
       juliu.unusual_keywords_at(asof = fromUnixTimestamp64Milli(${asof}, 'Asia/Shanghai')) ORDER BY position`,
    );
  const before = await unusual(burstAt);
  assert.ok(before.every(([item, , keyword]) => item !== planted.num_iid || !String(keyword).includes('异味')));
  // A week of the defect, and one round.
  await ingest(
    store,
    reviews.filter((body) => publishedAt(body) >= burstAt && publishedAt(body) < burstAt + 6 * DAY),
  );
  await round();
  const [first] = await unusual(burstAt + 6 * DAY);
  assert.deepEqual(first?.slice(0, 2), [planted.num_iid, planted.dimension]);
  assert.match(String(first[2]), /异味/);

  await ingest(
    store,
    reviews.filter((body) => publishedAt(body) >= burstAt + 6 * DAY),
  );
  await round();
  const found = await rowsIn(
    store,
    `SELECT concat(toString(tid), ' ', part, ' ', toString(num_iid), ' ', toString(toDate(reviewed_at)), ' ', dimension), groupUniqArray(keyword)
     FROM juliu.review_findings GROUP BY 1`,
  );
  const byPlace = new Map(found.map(([place, keywords]) => [String(place), keywords as string[]]));
  let asked = 0;
  const missed: string[] = [];
  for (const { tid, review_kind, num_iid, modified_at, findings } of linesOf(shop, 'review')) {
    const day = new Date(modified_at + 8 * 3_600_000).toISOString().slice(0, 10);
    for (const { dimension, phrase, paraphrase, clause } of findings) {
      const pattern = SAID[phrase];
      if (pattern === undefined || paraphrase) continue;
      asked++;
      const keywords = byPlace.get(`${tid} ${review_kind} ${num_iid} ${day} ${dimension}`) ?? [];
      if (!keywords.some((keyword) => pattern.test(keyword)))
        missed.push(`${dimension} ${clause}: ${keywords.join(' ')}`);
    }
  }
  assert.ok(asked >= 100, `${asked} are worth asking`);
  assert.ok(missed.length <= asked * 0.15, `${missed.length} of ${asked}\n${missed.join('\n')}`);
});

function publishedAt(body: Uint8Array): number {
  const text = Buffer.from(body).toString();
  const digits = /"publish_time":(\d{13})/.exec(text)?.[1];
  if (digits !== undefined) return Number(digits);
  const written = /"pub_time":"([^"]+)"/.exec(text)?.[1] ?? '';
  return Date.parse(`${written.replace(' ', 'T')}+08:00`);
}
