/** A city that parcels leave from, pass through, or go to. Coordinates in degrees, good enough for lane lengths. */
export interface City {
  readonly name: string;
  readonly province: string;
  readonly latitude: number;
  readonly longitude: number;
  readonly districts: readonly string[];
  /** Relative number of consumers. */
  readonly weight: number;
  /** Long lanes are routed over these cities. */
  readonly hub: boolean;
}

const city = (
  name: string,
  province: string,
  latitude: number,
  longitude: number,
  weight: number,
  districts: string,
  hub = false,
): City => ({ name, province, latitude, longitude, weight, districts: districts.split(' '), hub });

/** The first six are where the simulated sellers keep their warehouses. */
export const CITIES: readonly City[] = [
  city('杭州市', '浙江省', 30.27, 120.16, 9, '余杭 萧山 西湖 临平', true),
  city('广州市', '广东省', 23.13, 113.26, 12, '白云 番禺 天河 花都', true),
  city('金华市', '浙江省', 29.08, 119.65, 3, '义乌 永康 婺城'),
  city('泉州市', '福建省', 24.87, 118.68, 4, '晋江 石狮 丰泽'),
  city('苏州市', '江苏省', 31.3, 120.62, 8, '昆山 吴中 常熟 工业园区'),
  city('深圳市', '广东省', 22.54, 114.06, 13, '龙岗 宝安 南山 龙华', true),
  city('上海市', '上海', 31.23, 121.47, 14, '青浦 浦东新区 闵行 嘉定', true),
  city('北京市', '北京', 39.9, 116.41, 13, '朝阳 海淀 顺义 通州', true),
  city('成都市', '四川省', 30.57, 104.07, 10, '双流 龙泉驿 武侯 郫都', true),
  city('重庆市', '重庆', 29.56, 106.55, 8, '渝北 九龙坡 巴南'),
  city('武汉市', '湖北省', 30.59, 114.31, 8, '东西湖 洪山 江夏', true),
  city('郑州市', '河南省', 34.75, 113.63, 7, '中牟 金水 新郑', true),
  city('西安市', '陕西省', 34.34, 108.94, 7, '雁塔 未央 长安', true),
  city('南京市', '江苏省', 32.06, 118.8, 7, '江宁 栖霞 浦口', true),
  city('长沙市', '湖南省', 28.23, 112.94, 6, '望城 岳麓 雨花', true),
  city('天津市', '天津', 39.13, 117.2, 6, '武清 西青 滨海新区'),
  city('青岛市', '山东省', 36.07, 120.38, 5, '城阳 黄岛 即墨'),
  city('济南市', '山东省', 36.65, 117.12, 5, '历城 章丘 槐荫', true),
  city('沈阳市', '辽宁省', 41.8, 123.43, 5, '苏家屯 于洪 浑南', true),
  city('哈尔滨市', '黑龙江省', 45.8, 126.53, 4, '道里 松北 香坊'),
  city('长春市', '吉林省', 43.82, 125.32, 3, '宽城 绿园 南关'),
  city('大连市', '辽宁省', 38.91, 121.61, 3, '甘井子 金州 沙河口'),
  city('合肥市', '安徽省', 31.82, 117.23, 5, '肥东 蜀山 经开区'),
  city('福州市', '福建省', 26.07, 119.3, 4, '闽侯 仓山 晋安'),
  city('厦门市', '福建省', 24.48, 118.09, 4, '集美 同安 湖里'),
  city('南昌市', '江西省', 28.68, 115.86, 4, '青山湖 新建 红谷滩'),
  city('昆明市', '云南省', 25.04, 102.71, 4, '官渡 呈贡 五华', true),
  city('贵阳市', '贵州省', 26.65, 106.63, 3, '观山湖 白云 花溪'),
  city('南宁市', '广西', 22.82, 108.37, 4, '西乡塘 江南 良庆'),
  city('石家庄市', '河北省', 38.04, 114.51, 4, '藁城 裕华 长安'),
  city('太原市', '山西省', 37.87, 112.55, 3, '小店 万柏林 尖草坪'),
  city('兰州市', '甘肃省', 36.06, 103.83, 2, '七里河 安宁 榆中', true),
  city('乌鲁木齐市', '新疆', 43.83, 87.62, 2, '新市 头屯河 米东'),
  city('呼和浩特市', '内蒙古', 40.84, 111.75, 2, '赛罕 新城 土默特左旗'),
  city('海口市', '海南省', 20.04, 110.34, 2, '龙华 秀英 琼山'),
  city('西宁市', '青海省', 36.62, 101.78, 1, '城东 城北 湟中'),
  city('拉萨市', '西藏', 29.65, 91.14, 1, '城关 堆龙德庆 达孜'),
  city('宁波市', '浙江省', 29.87, 121.54, 6, '鄞州 慈溪 北仑'),
  city('无锡市', '江苏省', 31.49, 120.31, 5, '新吴 江阴 惠山'),
  city('东莞市', '广东省', 23.02, 113.75, 8, '虎门 长安 常平'),
  city('佛山市', '广东省', 23.02, 113.12, 6, '顺德 南海 禅城'),
  city('温州市', '浙江省', 27.99, 120.7, 5, '瓯海 瑞安 乐清'),
  city('徐州市', '江苏省', 34.21, 117.28, 4, '铜山 云龙 邳州'),
  city('临沂市', '山东省', 35.1, 118.36, 4, '兰山 河东 罗庄'),
  city('洛阳市', '河南省', 34.62, 112.45, 3, '洛龙 涧西 偃师'),
  city('襄阳市', '湖北省', 32.01, 112.12, 2, '樊城 襄州 枣阳'),
  city('绵阳市', '四川省', 31.47, 104.68, 2, '涪城 游仙 江油'),
  city('柳州市', '广西', 24.33, 109.43, 2, '柳北 鱼峰 柳江'),
];

export const WAREHOUSE_CITIES = 6;

/** Length of a lane in km as the crow flies (equirectangular; only +, ×, √ so that every platform agrees). */
export function distanceKm(from: City, to: City): number {
  const north = (to.latitude - from.latitude) * 111.2;
  const east = (to.longitude - from.longitude) * 94;
  return Math.sqrt(north * north + east * east);
}
