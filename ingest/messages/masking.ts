import { isDigits } from './digits.js';
import { asWire, cut, toUtf16, trimBlanks, wire, type WireText } from './wire-text.js';

/** How a named field is made private before storage. */
export type Sensitivity =
  /** Free text (自由文本): contact details inside it are replaced, the rest stays. */
  | 'text'
  /** A person's nick: first character and `**`, as TOP itself writes it since 2022. */
  | 'nick'
  /** An address as a whole. */
  | 'address';

const named = (sensitivity: Sensitivity, names: string): [string, Sensitivity][] =>
  names.split(' ').map((name) => [name, sensitivity]);

/**
 * The fields that may hold personal data, by name, in any topic's content and in the envelope, at the top and in nested
 * JSON. Only these, and what is inside them, are touched. Ids, waybill and order numbers are never among them.
 */
export const SENSITIVE_FIELDS: ReadonlyMap<string, Sensitivity> = new Map([
  ...named('text', 'desc description logistics_detail_description status_desc remark remarks note notes comment'),
  ...named('text', 'feedback reply append_content message msg seller_memo buyer_memo memo trade_memo subject content'),
  ...named('text', 'buyer_message buyer_remark seller_remark trade_details mail_details reason refund_desc'),
  ...named('text', 'phone mobile tel receiver_phone receiver_mobile buyer_phone buyer_mobile email buyer_email'),
  ...named('nick', 'buyer_nick receiver_name buyer_name'),
  ...named('address', 'address receiver_address buyer_address detail_address'),
]);

/** The first character and `**`. Idempotent; the empty nick stays empty. */
export function maskNick(nick: WireText): WireText {
  if (nick.length === 0) return nick;
  const lead = nick.charCodeAt(0);
  const length = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
  return asWire(`${cut(nick, 0, length)}**`);
}

/** A whole address. */
export function maskAddress(address: WireText): WireText {
  return trimBlanks(address) === '' ? address : asWire('[address]');
}

/**
 * Replaces phone numbers, QQ and WeChat ids, e-mail addresses and house addresses inside free text by `[phone]`,
 * `[qq]`, `[wechat]`, `[email]`, `[address]`. Digits that stand behind a word such as 单号 or 订单, and digits for
 * which `isBusinessNumber` is true (the message's own waybill and order numbers), stay. Idempotent: the result masks
 * to itself.
 */
export function maskText(text: WireText, isBusinessNumber: (digits: string) => boolean): WireText {
  if (!SUSPICIOUS_BYTES.test(text)) return text;
  const original = toUtf16(text);
  let masked = original;
  // Again until nothing changes, because a replacement may bring a word next to a number.
  for (;;) {
    const before = masked;
    masked = maskOnce(before, isBusinessNumber);
    if (masked === before || !SUSPICIOUS.test(masked)) break;
  }
  return masked === original ? text : wire(masked);
}

/**
 * A cheap look that lets most texts pass at once. Matches whatever one of the patterns below matches: runs of digits
 * (also with separators and full-width), @, a word of 6 ASCII characters (a WeChat id), a building.
 */
function suspicious(fullWidth: string, spell: (text: string) => string): RegExp {
  const dash = ['—', '－', '·'].map(spell).join('|');
  return new RegExp(
    [
      '[0-9]{5}',
      `[0-9]{3}(?:[ .-]|${dash})[0-9]`,
      `1(?:[ .-]|${spell('·')})[3-9]`,
      fullWidth,
      '@',
      '[A-Za-z][A-Za-z0-9_-]{5}',
      ...['地址', '住址', '单元', '号楼', '号院', '栋', '幢'].map(spell),
      ...['号', '弄', '室'].map((word) => `[0-9]${spell(word)}`),
    ].join('|'),
  );
}

const SUSPICIOUS = suspicious('[０-９＠]', (text) => text);
/** The same for wire text, so that a text that passes is never decoded. */
const SUSPICIOUS_BYTES = suspicious('\xef\xbc[\x90-\x99\xa0]', wire);

const D = '[0-9０-９]';
/** Between the groups of a phone number. */
const GAP = '[ .\\-—－·]?';
const MOBILE = new RegExp(
  `(?<!${D})(?:(?:\\+|00)?86${GAP})?` +
    `(?:[1１][3-9３-９]${D}${GAP}${D}{4}${GAP}${D}{4}|1([ .\\-·])[3-9](?:\\1[0-9]){9})(?!${D})`,
  'g',
);
/** With an area code and a separator, so that a bare waybill number that begins with 0 is none. */
const LANDLINE = /(?<![0-9０-９-])(?:\(0[1-9][0-9]{1,2}\) ?|0[1-9][0-9]{1,2}[-－ ])[2-9][0-9]{6,7}(?![0-9０-９])/g;
/** Any 7 to 12 digits that the text itself calls a phone; hotlines (400, 800, 95xxx) are nobody's. */
const CALLED_PHONE =
  /((?:电话|手机号?|座机|联系方式|联系人|拨打|致电|(?<![A-Za-z])(?:tel|phone|mobile))(?:号码?)?[是为]?[:： ]{0,2})(?!400|800|95)[0-9]{7,12}(?![0-9])/gi;
const EMAIL = /(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}[@＠][A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){1,4}/g;
const QQ =
  /((?:(?<![A-Za-z])[qQＱｑ]{2}|扣扣|企鹅|[加+＋][qQ]|(?<![A-Za-z])[qQ](?=[:：]))(?:号码?|[群是为加我 :：,，+＋（(【-]){0,4})[1-9][0-9]{4,11}(?![0-9])/g;
const WECHAT =
  /((?:微信|薇信|威信|徽信|v信|[加+＋][微薇v]|(?<![A-Za-z])(?:wechat|weixin|wx|vx|v(?=[:：])))(?:号码?|id|[是为加我 :：,，+＋（(【]){0,4})(?:[A-Za-z][A-Za-z0-9_-]{5,19}|[1-9][0-9]{4,11})(?![A-Za-z0-9_-])/gi;
const CALLED_ADDRESS = /((?:地址|住址)\s{0,2}(?:[:：]|改?[是为成到])\s{0,2})[^,，。;；!！?？\n]{4,}/g;
const ROOM_PART = '(?:[0-9A-Za-z一二三四五六七八九十]{1,4}(?:号楼|号院|栋|幢|座|单元|层|楼|室|户|房|号))';
/** The house number behind a road or estate, and what follows of building, floor, room. 2号线 is an underground line. */
const HOUSE = new RegExp(`(?<=[路街道巷弄村苑园]|[小社园]区|胡同)[0-9]{1,5}[号弄](?![线楼])${ROOM_PART}{0,8}`, 'g');
/** Behind a house number: a place of the carriers (分拨中心, 营业点, 快递柜 …), which is nobody's home. */
const HUB =
  /^(?:菜鸟|丰巢|妈妈|顺丰|中通|圆通|韵达|申通|极兔|邮政|京东|德邦|智能|电商|物流|快递|速递|快件|包裹)*(?:分拨|分拣|仓|营业|网点|中转|转运|集散|集运|驿站|[柜站]|(?:揽投|投递|配送|自提|代收|服务)[部点站中])/;
const HUB_REACH = 16;
const ROOMS = new RegExp(`${ROOM_PART}{2,8}`, 'g');
/** Without one of these, parts in a row are no address (三层四层的纸巾, 5号6号发货). */
const BUILDING = /号楼|号院|栋|幢|单元|室/;

/** The text before digits that are a number of the business: at its end, a few fillers and letters allowed. */
const BUSINESS_WORD =
  /(?:单号|运单|快递号|物流号|面单|订单|编号|货号|款号|取件码|提货码|交易号|流水号|out_?sid|mail_?no|(?<![A-Za-z])[to]id|order|_id|_no)(?:号?码|号|编号|[是为 :：#＃=（(【["'`-]){0,5}[A-Za-z]{0,4}$/i;
const BUSINESS_WORD_REACH = 24;
/** At the end of the text before digits: the letters that a carrier's waybills (运单号) begin with. */
const CARRIER_PREFIX =
  /(?<![A-Za-z])(?:JD[A-Z]{0,4}|SF|YT|ZTO?|STO|YD|JT(?:SD?)?|DPK?|EMS|KYE?|BEST|HTKY|ZJS|UC|LP|YZ|CN[A-Z]?)$/i;
/** Shorter numbers are found inside longer ones by chance. */
const BUSINESS_DIGITS = 7;

function maskOnce(text: string, isBusinessNumber: (digits: string) => boolean): string {
  const isOwn = (number: string): boolean => {
    const digits = number.replace(/[ .\-—－·+]/g, '');
    return digits.length >= BUSINESS_DIGITS && isDigits(digits) && isBusinessNumber(digits);
  };
  const before = (offset: number): string => text.slice(Math.max(0, offset - BUSINESS_WORD_REACH), offset);
  const isBusiness = (number: string, offset: number): boolean => {
    const lead = before(offset);
    return BUSINESS_WORD.test(lead) || (/[A-Za-z]$/.test(lead) && CARRIER_PREFIX.test(lead)) || isOwn(number);
  };
  // The letters of a waybill may be those that call a WeChat id: 单号WX1234567890.
  const replaceCalled = (pattern: RegExp, token: string): void => {
    text = text.replace(pattern, (match: string, word: string, offset: number) => {
      const isBusiness = BUSINESS_WORD.test(before(offset) + word) || isOwn(match.slice(word.length));
      return isBusiness ? match : word + token;
    });
  };
  if (/[@＠]/.test(text)) text = text.replace(EMAIL, '[email]');
  text = text.replace(MOBILE, (match, _separator, offset: number) => (isBusiness(match, offset) ? match : '[phone]'));
  // Nearly always it was a courier's mobile number, and that is all.
  if (!SUSPICIOUS.test(text)) return text;
  text = text.replace(LANDLINE, (match, offset: number) => (isBusiness(match, offset) ? match : '[phone]'));
  replaceCalled(CALLED_PHONE, '[phone]');
  replaceCalled(QQ, '[qq]');
  replaceCalled(WECHAT, '[wechat]');
  text = text.replace(CALLED_ADDRESS, '$1[address]').replace(HOUSE, (match, offset: number, whole: string) => {
    const end = offset + match.length;
    return HUB.test(whole.slice(end, end + HUB_REACH)) ? match : '[address]';
  });
  return text.replace(ROOMS, (match) => (BUILDING.test(match) ? '[address]' : match));
}
