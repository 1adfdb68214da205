/**
 * apiAddress is the address of the AWS endpoint: the console's own origin, with the path before
 * `/console/` if there is one.
 */
export function apiAddress(): string {
  const before = location.pathname.replace(/\/console\/[^/]*$/, '');
  return location.origin + before;
}
