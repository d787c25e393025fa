import type { Config } from '../config/load.js';
import { grouped } from './terminal/progress.js';

interface StartTexts {
  filling(messages: number, days: number, where: string): string;
  goingOn(where: string): string;
  filled(stored: number, seconds: string): string;
  askMore(options: string): string;
}

/** What `start` explains, in both languages. */
export const startTexts: Readonly<Record<Config['locale'], StartTexts>> = {
  en: {
    filling: (messages, days, where) =>
      `Filling ${where} with ${days} days of a simulated shop group, ${grouped(messages)} messages.`,
    goingOn: (where) => `${where} is filled already; what the shops did meanwhile comes first.`,
    filled: (stored, seconds) => `${grouped(stored)} messages stored in ${seconds}. Some questions it answers now:`,
    askMore: (options) =>
      [
        'New messages keep streaming in. Ask more from a second terminal:',
        `  npx juliu query${options} "SELECT * FROM juliu.trade_events ORDER BY publish_time DESC LIMIT 5"`,
        `  npx juliu query${options} "SHOW TABLES FROM juliu"`,
        `  npx juliu dead-letters list${options}`,
        'Ctrl-C stops; the next start goes on from here.',
      ].join('\n'),
  },
  zh: {
    filling: (messages, days, where) =>
      `正在写入 ${where}：模拟店铺群 ${days} 天的数据，共 ${grouped(messages)} 条消息。`,
    goingOn: (where) => `${where} 已有数据；先补上停机期间的消息。`,
    filled: (stored, seconds) => `${seconds} 内已入库 ${grouped(stored)} 条消息。现在就能回答这些问题：`,
    askMore: (options) =>
      [
        '新消息持续写入。在另一个终端里继续查询：',
        `  npx juliu query${options} "SELECT * FROM juliu.trade_events ORDER BY publish_time DESC LIMIT 5"`,
        `  npx juliu query${options} "SHOW TABLES FROM juliu"`,
        `  npx juliu dead-letters list${options}`,
        '按 Ctrl-C 停止；下次启动从这里继续。',
      ].join('\n'),
  },
};
