/** Content types of answers, as a server gives them. */
const contentTypes: readonly (readonly [RegExp, string])[] = [
  [
    /^JSON(Strings|Compact|CompactStrings|Columns|CompactColumns|ColumnsWithMetadata)?$/,
    'application/json; charset=UTF-8',
  ],
  [/^(JSON\w*EachRow\w*|JSONLines|NDJSON)$/, 'application/x-ndjson; charset=UTF-8'],
  [/^(TabSeparated|TSV)/, 'text/tab-separated-values; charset=UTF-8'],
  [/^CSVWith/, 'text/csv; charset=UTF-8; header=present'],
  [/^CSV$/, 'text/csv; charset=UTF-8; header=absent'],
  [/^XML$/, 'application/xml; charset=UTF-8'],
  [/^(Native|RowBinary\w*|Arrow\w*|Parquet|ORC|Avro|MsgPack|BSONEachRow|Npy)$/, 'application/octet-stream'],
];

export function contentTypeOf(format: string): string {
  return contentTypes.find(([pattern]) => pattern.test(format))?.[1] ?? 'text/plain; charset=UTF-8';
}

/** The server's default when nobody names a format. */
export const defaultFormat = 'TabSeparated';
