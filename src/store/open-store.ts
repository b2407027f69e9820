import { type Store, type StoreOptions, StoreUrlError } from './store.ts';

/**
 * Opens the store at an address. Whoever opens it closes it. A Redis that is not there yet is no error here: calls
 * fail until it is.
 *
 * @throws StoreUrlError when the file cannot be opened or written, or the address has no such form
 */
export async function openStore(url: string, options: StoreOptions): Promise<Store> {
  if (url.startsWith('sqlite:')) {
    const { openSqliteStore } = await import('./sqlite-store.ts');
    return openSqliteStore(url.slice('sqlite:'.length), options);
  }
  if (!/^rediss?:/.test(url)) throw new StoreUrlError('it must begin with redis://, rediss:// or sqlite:');
  const { openRedisStore } = await import('./redis-store.ts');
  return openRedisStore(url, options);
}
