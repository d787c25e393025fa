/**
 * What the reviews of the learning text are about. A word that judges does so of books, of hotels and of computers
 * alike; one that is met with a single topic (情节, 前台, 散热) is a thing of that topic, and its weight would say of
 * shoes or shampoo only what people thought of those books, hotels or computers.
 */
const TOPICS: readonly (readonly string[])[] = [
  ['书', '作者', '读', '故事', '小说', '内容', '文字', '翻译', '情节'],
  ['酒店', '房间', '前台', '入住', '宾馆', '早餐', '服务员', '住'],
  [
    '电脑',
    '笔记本',
    '屏',
    '键盘',
    '机器',
    '散热',
    '内存',
    '硬盘',
    '系统',
    '驱动',
    '配置',
    '本本',
    'xp',
    'vista',
    'cpu',
  ],
];

export const TOPIC_COUNT = TOPICS.length;

/** @returns number of the one topic that the text names; -1 when it names none, or several */
export function topicOf(text: string): number {
  let found = -1;
  for (const [topic, words] of TOPICS.entries()) {
    if (!words.some((word) => text.includes(word))) continue;
    if (found >= 0) return -1;
    found = topic;
  }
  return found;
}
