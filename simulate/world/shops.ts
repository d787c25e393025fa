import { at, hash32, Random, Stream, Weighted } from '../random.js';
import { IdSpace } from '../ids.js';
import { jsonEscape, wire } from '../wire-text.js';
import { CARRIERS } from './carriers.js';
import { GOODS, GOODS_RANGES, type GoodsKind } from './goods.js';
import { WAREHOUSE_CITIES } from './places.js';

export interface Sku {
  readonly id: string;
  /** Price in fen (分). */
  readonly price: number;
  readonly spec: string;
  stock: number;
}

/** A listed item (商品). Texts are wire text. Stock and status move as the simulated operations are played. */
export interface Item {
  readonly seller: Seller;
  readonly numIid: string;
  readonly title: string;
  readonly kind: GoodsKind;
  /** What buyers call the thing; plain characters, for reviews. */
  readonly noun: string;
  readonly skus: readonly Sku[];
  /** Total stock, always the sum of the SKUs'. */
  stock: number;
  onSale: boolean;
  deleted: boolean;
  /** Messages about the item by topic, counted when they are played. */
  readonly messages: Map<string, number>;
  /** What its messages said last, and when (epoch ms; 0 = never). */
  readonly said: { stocks: number[]; stockAt: number; shelf: boolean[]; shelfAt: number; at: number };
}

/** A message that names the item's stock was published. */
export function noteStock(item: Item, publishAt: number): void {
  const { said } = item;
  said.at = Math.max(said.at, publishAt);
  if (Math.floor(said.stockAt / 1000) !== Math.floor(publishAt / 1000)) said.stocks = [];
  said.stockAt = publishAt;
  said.stocks.push(item.stock);
}

/** A message that lists or delists the item was published. */
export function noteShelf(item: Item, listed: boolean, publishAt: number): void {
  const { said } = item;
  if (Math.floor(said.shelfAt / 1000) !== Math.floor(publishAt / 1000)) said.shelf = [];
  said.shelfAt = publishAt;
  said.shelf.push(listed);
}

/** A shop (卖家), customer of the ISV whose subscription is simulated. Texts are wire text. */
export interface Seller {
  readonly index: number;
  readonly id: string;
  readonly nick: string;
  readonly openUid: string;
  readonly share: number;
  readonly kind: GoodsKind;
  readonly warehouse: number;
  /** Carriers the shop has contracts with, by falling use: indexes into CARRIERS. */
  readonly carriers: readonly number[];
  /** Hours between the last payment of a day's cut-off and the lorry. */
  readonly packingHours: number;
  /** 1 is an ordinary shop; 2 gets twice the complaints and refunds. */
  readonly trouble: number;
  /** Share of multi-line orders whose messages carry the whole trade's payment instead of the line's. */
  readonly tradePayments: number;
  /** What is listed now. The first `permanentItems` stay for ever, later ones come and go. */
  readonly items: Item[];
  readonly permanentItems: number;
  /** `"user_id":…,"user_nick":"…",` of every envelope about this shop. */
  readonly userFields: { readonly both: string };
}

const NICKS: readonly string[] = [
  '素秋服饰旗舰店',
  '青禾家居专营店',
  '山野食集旗舰店',
  '澜月美妆旗舰店',
  '极点数码专营店',
  '暖屋家电旗舰店',
  '小鹿芽母婴专营店',
  '行者鞋业旗舰店',
  '丶小白的衣橱',
  '灬星河数码灬',
  '阿婆家的土特产',
  '棉花糖童装店',
  '北巷生活馆',
  '云朵女装小铺',
  '老王电器批发',
  'shoes潮鞋驿站',
  '花间美物社',
  '一期一会茶行',
  '拾光家纺工厂店',
  '咕咚玩具总动员',
  'MIX数码港',
  '西西果园直发',
  '轻氧护肤研究所',
  '木木的杂货铺',
];

/** Zipf exponent of the traffic: the three biggest of 24 shops have about 70 %. */
const HEAVY_TAIL = 1.6;
/** Items of one shop: some for everybody and more for the big ones. Orders go to the first STAPLES of them. */
export const STAPLES = 12;
const FEWEST_ITEMS = 18;
const ITEMS_PER_SHARE = 260;

/** The shop group of one seed. */
export class ShopGroup {
  readonly sellers: readonly Seller[];
  readonly bySize: Weighted;
  private readonly itemIds: IdSpace;
  private readonly skuIds: IdSpace;
  private itemCount = 0;
  private skuCount = 0;

  constructor(seed: number) {
    this.itemIds = new IdSpace(seed, 101, '6', 12);
    this.skuIds = new IdSpace(seed, 102, '5', 13);
    const weights = NICKS.map((_, index) => Math.exp(-HEAVY_TAIL * Math.log(index + 1)));
    const sum = weights.reduce((total, weight) => total + weight, 0);
    const userIds = new IdSpace(seed, 103, '2', 10);
    this.sellers = NICKS.map((nick, index) => this.open(seed, index, nick, at(weights, index) / sum, userIds));
    this.bySize = new Weighted(weights);
  }

  /** Puts a new item on a shop's shelves. */
  addItem(seller: Seller, random: Random): Item {
    const range = GOODS_RANGES[seller.kind];
    const noun = random.pick(range.nouns);
    const [low, high] = range.price;
    // Squaring makes cheap items the common ones.
    const base = Math.round(low + (high - low) * random.unit() * random.unit());
    const skuCount = random.whole(1, range.specs.length);
    const skus: Sku[] = [];
    for (let index = 0; index < skuCount; index += 1) {
      skus.push({
        id: this.skuIds.text(this.skuCount++),
        price: base * 100 + index * 500 + (random.chance(0.5) ? -10 : 0),
        spec: wire(at(range.specs, index)),
        stock: random.whole(80, 2400),
      });
    }
    const item: Item = {
      seller,
      numIid: this.itemIds.text(this.itemCount++),
      title: jsonEscape(wire(titleOf(noun, range.praises, random))),
      kind: seller.kind,
      noun,
      skus,
      stock: skus.reduce((total, sku) => total + sku.stock, 0),
      onSale: true,
      deleted: false,
      messages: new Map(),
      said: { stocks: [], stockAt: 0, shelf: [], shelfAt: 0, at: 0 },
    };
    seller.items.push(item);
    return item;
  }

  private open(seed: number, index: number, name: string, share: number, userIds: IdSpace): Seller {
    const random = new Random(seed, Stream.shops, index);
    const nick = wire(name);
    // Ids of 8 to 10 digits have been seen; the older the shop, the shorter.
    const id = userIds.text(index).slice(0, index % 5 === 3 ? 8 : 10);
    const start = random.below(CARRIERS.length);
    const permanentItems = FEWEST_ITEMS + Math.round(ITEMS_PER_SHARE * share);
    const seller: Seller = {
      index,
      id,
      nick,
      openUid: openUid(hash32(seed, Stream.shops, 1000 + index)),
      share,
      kind: at(GOODS, SHOP_KINDS[index] ?? index % GOODS.length),
      warehouse: random.below(WAREHOUSE_CITIES),
      carriers: [start, (start + 3) % CARRIERS.length, (start + 4) % CARRIERS.length, (start + 7) % CARRIERS.length],
      packingHours: random.between(0.5, 9),
      trouble: random.between(0.6, 1.7),
      tradePayments: random.between(0.1, 0.6),
      items: [],
      permanentItems,
      userFields: { both: `"user_id":${id},"user_nick":"${nick}",` },
    };
    for (let count = 0; count < permanentItems; count += 1) this.addItem(seller, random);
    return seller;
  }
}

/** Goods kinds of the shops in the order of NICKS. */
const SHOP_KINDS: readonly number[] = [0, 6, 3, 2, 4, 5, 7, 1, 0, 4, 3, 0, 6, 0, 5, 1, 2, 3, 6, 7, 4, 3, 2, 6];

/** HTML entities and odd code points occur in real titles and must survive as they are. */
const ODDITIES: readonly string[] = ['&rsquo;s', '&amp;', '\ufe52', '【特价】', '“爆款”', '"热卖"'];

function titleOf(noun: string, praises: readonly string[], random: Random): string {
  const parts = [random.pick(praises), random.pick(praises), noun, random.pick(praises)];
  if (random.chance(0.06)) parts.splice(2, 0, random.pick(ODDITIES));
  return parts.join('');
}

const BASE64 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
const PAIRS: readonly string[] = Array.from({ length: 4096 }, (_, n) => BASE64.charAt(n >> 6) + BASE64.charAt(n & 63));

/** An open uid (24 characters of URL-safe base64 starting AA, as in real messages) from 32 bits. */
export function openUid(bits: number): string {
  const pairs = ['AA'];
  let state = bits | 0;
  for (let pair = 0; pair < 11; pair += 1) {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    pairs.push(PAIRS[(state >>> 18) & 4095] ?? '');
  }
  // Joined at once: the result is one piece of memory.
  return pairs.join('');
}
