/** What kind of thing is sold; decides title, price, sizes, and which complaints can be made about it. */
export const GOODS = ['clothes', 'shoes', 'beauty', 'food', 'digital', 'appliance', 'home', 'baby'] as const;
export type GoodsKind = (typeof GOODS)[number];

export interface GoodsRange {
  /** What buyers call the thing (品名). */
  readonly nouns: readonly string[];
  /** Phrases of which a title takes a few. */
  readonly praises: readonly string[];
  /** Specifications; each is a SKU. */
  readonly specs: readonly string[];
  /** Prices in yuan, from the commonest low end to the dear end. */
  readonly price: readonly [number, number];
}

const words = (text: string): readonly string[] => text.split(' ');

export const GOODS_RANGES: Readonly<Record<GoodsKind, GoodsRange>> = {
  clothes: {
    nouns: words('连衣裙 T恤 衬衫 牛仔裤 卫衣 针织衫 羽绒服 阔腿裤 半身裙 打底衫'),
    praises: words('2026新款 宽松显瘦 设计感小众 法式复古 韩版 通勤百搭 高腰 纯棉 垂感 ins潮 中长款 春秋薄款'),
    specs: words('黑色M 黑色L 白色M 白色L 雾霾蓝S 燕麦色XL'),
    price: [39, 399],
  },
  shoes: {
    nouns: words('小白鞋 运动鞋 老爹鞋 马丁靴 凉鞋 帆布鞋 豆豆鞋'),
    praises: words('透气网面 厚底增高 软底舒适 百搭学生 轻便减震 英伦风 防滑耐磨 一脚蹬'),
    specs: words('白色36 白色37 黑色38 黑色39 米色42'),
    price: [59, 329],
  },
  beauty: {
    nouns: words('口红 面霜 精华液 粉底液 洗面奶 防晒霜 眉笔 面膜 洗发水 护手霜'),
    praises: words('补水保湿 持久不脱色 温和清洁 提亮肤色 敏感肌可用 清爽控油 学生党平价 官方正品 大容量'),
    specs: words('30ml 50ml 100ml 正红色 豆沙色 自然色'),
    price: [29, 459],
  },
  food: {
    nouns: words('坚果礼盒 牛肉干 芒果 车厘子 螺蛳粉 绿豆糕 大米 茶叶 草莓 腊肠'),
    praises: words('新鲜现摘 整箱包邮 休闲零食 办公室解馋 产地直发 独立小包装 家乡味道 送礼 手工制作'),
    specs: words('250g 500g 3斤装 5斤装 礼盒装'),
    price: [15, 189],
  },
  digital: {
    nouns: words('蓝牙耳机 充电宝 手机壳 机械键盘 平板电脑 数据线 智能手表 鼠标 移动硬盘'),
    praises: words('超长续航 快充 高音质 降噪 游戏电竞 轻薄便携 2026款 静音办公 适用苹果华为'),
    specs: words('黑色标配 白色标配 蓝色高配 64G 128G'),
    price: [19, 1999],
  },
  appliance: {
    nouns: words('空气炸锅 电饭煲 加湿器 吹风机 破壁机 电热水壶 挂烫机 扫地机器人'),
    praises: words('家用大容量 多功能 一键预约 静音 智能触控 宿舍小型 一级能效 不粘内胆'),
    specs: words('白色 复古绿 2L 4L 旗舰款'),
    price: [59, 1299],
  },
  home: {
    nouns: words('四件套 收纳箱 窗帘 乳胶枕 保温杯 置物架 地毯 衣架 台灯'),
    praises: words('北欧风 加厚 可折叠 免打孔 全棉 大号 家用 耐用 简约现代 省空间'),
    specs: words('浅灰1.5米 浅灰1.8米 两只装 四只装 大号'),
    price: [12, 369],
  },
  baby: {
    nouns: words('纸尿裤 婴儿湿巾 奶瓶 儿童水杯 积木玩具 连体衣 爬行垫 儿童书包'),
    praises: words('超薄透气 柔软亲肤 宝宝专用 食品级硅胶 早教益智 A类纯棉 防摔 男女童通用'),
    specs: words('M码 L码 XL码 66cm 80cm 升级款'),
    price: [19, 269],
  },
};
