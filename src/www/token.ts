import { isSameSecret } from '../service/same-secret.ts';
import type { RouteHandler } from '../service/service.ts';

/**
 * A handler for those who know the token; 401 for others. '' = for everybody. It may come as the password of HTTP Basic,
 * with any user name, since browsers and git ask people for that; or as a bearer token.
 */
export function guardedByToken(token: string, handler: RouteHandler): RouteHandler {
  return (c) => {
    if (token === '' || isKnown(c.req.header('Authorization') ?? '', token)) return handler(c);
    const message = 'Not allowed: send the WWW_TOKEN as a password, with any user name, or as a bearer token\n';
    return c.text(message, 401, { 'WWW-Authenticate': 'Basic realm="coinroom", charset="UTF-8"' });
  };
}

function isKnown(authorization: string, token: string): boolean {
  const [, credentials] = /^Basic +([\w+/=-]+)$/i.exec(authorization) ?? [];
  if (credentials === undefined) return isSameSecret(authorization, `Bearer ${token}`);
  const [, password = ''] = /^[^:]*:(.*)$/s.exec(Buffer.from(credentials, 'base64').toString()) ?? [];
  return isSameSecret(password, token);
}
