/**
 * Where it all begins: what the first page shows is asked for while the code that shows it is on its
 * way, and its sentence is said as soon as it is known. The routes' loaders ask the same, and find it
 * under way.
 */
import { prefetchStanding } from "./api/queries";
import { queryClient } from "./api/queryClient";
import { parseSearchText } from "./app/searchText";
import { sayFirstSentence } from "./features/overview/firstSentence";
import { prefetchOverview } from "./features/overview/queries";
import { parseRangeSearch } from "./grammar/range";

const { pathname, search } = window.location;
if (pathname === "/") {
  const range = parseRangeSearch(parseSearchText(search));
  void prefetchOverview(queryClient, range).then(() => sayFirstSentence(queryClient, range));
  prefetchStanding(queryClient);
  void import("./features/overview/OverviewPage");
}
void import("./app/start");
