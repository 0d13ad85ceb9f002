// Where the pages are: which page is shown, which place of it, and its state in the address.

let [page, hash] = ["", ""];

/** The address is that of what is shown. */
export function arrived() {
  [page, hash] = [location.pathname + location.search, location.hash];
}

/** Writes the state of the page that is shown into its address. */
export function readdress(href) {
  history.replaceState(null, "", href);
  arrived();
}

/** Whether the address has become that of another page; another place of the same one is gone to by the browser. */
export const left = () => page !== location.pathname + location.search || hash === location.hash;
