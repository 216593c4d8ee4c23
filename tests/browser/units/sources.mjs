// The explorer's sources, as they are in the package.
const sources = new URL("../../../esdemo/explorer/page/js/", import.meta.url);

export const of = (path) => import(new URL(path, sources));
