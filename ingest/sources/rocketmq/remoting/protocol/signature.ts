import { createHmac } from 'node:crypto';

/** Who signs. `secret` is the text itself: whoever has this object keeps it from being printed. */
export interface Credentials {
  readonly accessKey: string;
  readonly secret: string;
  /** Of temporary credentials. */
  readonly securityToken?: string;
  /** Alibaba Cloud: where the account is from, e.g. `CLOUD`. */
  readonly onsChannel?: string;
}

/**
 * The fields of a request with those of the access control added: AccessKey, SecurityToken, OnsChannel and Signature,
 * which is the base64 of HmacSHA1 over the values of all other fields, ordered by their names, and the body.
 */
export function signedFields(
  fields: Readonly<Record<string, string>>,
  body: Buffer | undefined,
  { accessKey, secret, securityToken, onsChannel }: Credentials,
): Record<string, string> {
  const signed: Record<string, string> = { ...fields, AccessKey: accessKey };
  if (securityToken !== undefined) signed['SecurityToken'] = securityToken;
  if (onsChannel !== undefined) signed['OnsChannel'] = onsChannel;
  let values = '';
  // Java's order of strings, which is that of JavaScript: by UTF-16 units.
  for (const name of Object.keys(signed).sort()) values += signed[name] ?? '';
  const hmac = createHmac('sha1', secret).update(values, 'utf8');
  if (body !== undefined) hmac.update(body);
  signed['Signature'] = hmac.digest('base64');
  return signed;
}
