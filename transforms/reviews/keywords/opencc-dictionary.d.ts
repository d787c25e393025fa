/** Pairs of a traditional character and its simplified one, `質 质|…`; the package ships it without types. */
declare module 'opencc-js/dict/TSCharacters' {
  const pairs: string;
  // eslint-disable-next-line import-x/no-default-export -- the package's own shape
  export default pairs;
}
