import { at, hash32, Stream } from '../random.js';
import { wire } from '../wire-text.js';
import { openUid } from './shops.js';

/** A consumer as TOP shows one: nick masked to its first character, and an open uid that is stable per appkey. */
export interface Buyer {
  /** Wire text, e.g. `碎**`. */
  readonly nick: string;
  readonly openUid: string;
}

/** Buyers of the shop group. Nobody is stored: a buyer is derived from the number. */
export const BUYERS = 400_000;

const FIRST_CHARACTERS =
  '碎小大阿老晴雨风云月星天水木花草叶林山石海江河梦爱心安乐喜静清明亮红蓝白黑绿紫金银龙虎凤鹤鱼猫兔鹿熊狗 t c w y z x l j s m a 丶 灬 一 二 三 王 李 张 陈 刘 杨 赵 黄 🌸 𠮷';
const MASKED: readonly string[] = Array.from(FIRST_CHARACTERS.replaceAll(' ', ''), (first) => wire(`${first}**`));

export function buyer(seed: number, number: number): Buyer {
  const bits = hash32(seed, Stream.buyers, number);
  return { nick: at(MASKED, (bits >>> 1) % MASKED.length), openUid: openUid(bits) };
}
