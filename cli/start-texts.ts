import type { Config } from '../config/load.js';
import { grouped } from './terminal/progress.js';

/** Who of the consumers of the topics this process is. */
type Consumer = { readonly group: string } | { readonly lanes: readonly string[] };

interface StartTexts {
  filling(messages: number, days: number, where: string): string;
  goingOn(where: string): string;
  taking(endpoints: string, topics: readonly string[], consumer: Consumer, where: string): string;
  filled(stored: number, seconds: string): string;
  askMore(options: string): string;
  /** Said when the broker is connected. */
  connected(options: string): string;
}

/** What a second terminal can run. */
function commands(options: string): readonly string[] {
  return [
    `  npx juliu query${options} "SELECT * FROM juliu.trade_events ORDER BY publish_time DESC LIMIT 5"`,
    `  npx juliu query${options} "SHOW TABLES FROM juliu"`,
    `  npx juliu dead-letters list${options}`,
  ];
}

/** What `start` explains, in both languages. */
export const startTexts: Readonly<Record<Config['locale'], StartTexts>> = {
  en: {
    filling: (messages, days, where) =>
      `Filling ${where} with ${days} days of a simulated shop group, ${grouped(messages)} messages.`,
    goingOn: (where) => `${where} has the simulated shop group already; what the shops did meanwhile comes first.`,
    taking: (endpoints, topics, consumer, where) =>
      `Taking messages from RocketMQ at ${endpoints}, ${topics.length === 1 ? 'topic' : 'topics'} ${topics.join(', ')}, ${
        'group' in consumer ? `group ${consumer.group}` : `lanes ${consumer.lanes.join(', ')}`
      }, into ${where}.`,
    filled: (stored, seconds) => `${grouped(stored)} messages stored in ${seconds}. Some questions it answers now:`,
    askMore: (options) =>
      [
        'New messages keep streaming in. Ask more from a second terminal:',
        ...commands(options),
        'Ctrl-C stops; the next start goes on from here.',
      ].join('\n'),
    connected: (options) =>
      [
        'Connected. What comes in can be asked from a second terminal:',
        ...commands(options),
        'Ctrl-C stops; the broker keeps what comes meanwhile.',
      ].join('\n'),
  },
  zh: {
    filling: (messages, days, where) =>
      `正在写入 ${where}：模拟店铺群 ${days} 天的数据，共 ${grouped(messages)} 条消息。`,
    goingOn: (where) => `${where} 已有模拟店铺群的数据；先补上停机期间的消息。`,
    taking: (endpoints, topics, consumer, where) =>
      `从 RocketMQ（${endpoints}）接收消息，Topic ${topics.join('、')}，${
        'group' in consumer ? `消费组 ${consumer.group}` : `通道 ${consumer.lanes.join('、')}`
      }，写入 ${where}。`,
    filled: (stored, seconds) => `${seconds} 内已入库 ${grouped(stored)} 条消息。现在就能回答这些问题：`,
    askMore: (options) =>
      ['新消息持续写入。在另一个终端里继续查询：', ...commands(options), '按 Ctrl-C 停止；下次启动从这里继续。'].join(
        '\n',
      ),
    connected: (options) =>
      [
        '已连接。在另一个终端里查询收到的消息：',
        ...commands(options),
        '按 Ctrl-C 停止；停机期间的消息由 RocketMQ 保留。',
      ].join('\n'),
  },
};
