/** Settings of every query whose result people or other programs read. */
export const readable = {
  // Ids have up to 19 digits, more than a double holds: readers of JSON get them as text.
  output_format_json_quote_64bit_integers: 1,
  output_format_pretty_row_numbers: 0,
  output_format_pretty_color: '0',
} as const;
