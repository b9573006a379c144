/** A URL that needs no quoting anywhere: no user, no spaces, quotes, `$`, `&`, `~` or `#`. */
export const PLAIN_URL =
  /^https?:\/\/(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:\/[A-Za-z0-9._/%-]*)?(?:\?[A-Za-z0-9._/%=-]*)?$/;
