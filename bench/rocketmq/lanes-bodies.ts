/** Sellers of the big lane. */
export const BIG_SELLERS: readonly number[] = [2_200_000_001, 2_200_000_002, 2_200_000_003];
const ORDINARY_SELLERS = 500;

/** Trade messages, two rows each, no two alike. */
export class SellerBodies {
  #made = 0;

  big(): Buffer {
    return this.#body(BIG_SELLERS[this.#made % BIG_SELLERS.length] ?? 0);
  }

  ordinary(): Buffer {
    return this.#body(2_300_000_000 + (this.#made % ORDINARY_SELLERS));
  }

  #body(seller: number): Buffer {
    const n = ++this.#made;
    const content = {
      buyer_open_uid: `AAHLuAVrAABxoR0DtQv2KK${n % 90_000}`,
      payment: `${n % 900}.${10 + (n % 89)}`,
      post_fee: '0.00',
      status: 'WAIT_SELLER_SEND_GOODS',
      iid: 45_558_754_196 + (n % 1_000),
      type: 'guarantee_trade',
      seller_nick: `shop${seller}`,
      modified: '2024-11-11 00:00:37',
    };
    const tid = 2_918_463_734_761_365_258n + BigInt(n) * 1009n;
    const json = JSON.stringify(content).replace('{', `{"tid":${tid},"oid":${tid},`);
    return Buffer.from(
      `{"topic":"taobao_trade_TradeBuyerPay","content":${json},"outgoing_id":${4_000_000_000 + n},` +
        `"publish_time":${1_731_254_400_000 + n},"publisher_appkey":"12345678","user_id":${seller},"user_nick":"shop${seller}"}`,
    );
  }
}
