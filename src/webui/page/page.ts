/** The page: hands what /events tells to those who show it. */
import { createNewestCoins } from './coins.ts';
import { follow } from './feed.ts';
import { showGlance, showSilence } from './glance.ts';
import { createGraph } from './graph.ts';
import { createPath } from './path.ts';
import { createWorkers } from './workers.ts';

const graph = createGraph();
const newest = createNewestCoins();
const showPath = createPath();
const showWorkers = createWorkers();

follow({
  onOpen: graph.reload,
  onSnapshot: (snapshot) => {
    showGlance(snapshot);
    graph.add(snapshot);
    showPath(snapshot);
    showWorkers(snapshot);
    newest.tick(snapshot);
  },
  onCoins: newest.set,
  onAnnotations: graph.annotate,
  onSilence: showSilence,
});
