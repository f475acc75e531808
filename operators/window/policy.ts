/** Sentences that the reference pages of several operators share. */
export const EDGES_DOC =
  'Intervals are (start, close]: a row stamped exactly on an edge belongs to the interval that ends there. The grid runs through '
  + '1970-01-01T00:00Z. A row is stamped with the end of its interval and comes as soon as the watermark has passed it, which with '
  + '`time.lateness: 0` is the first row of any key behind the edge.';

export const LATE_DOC =
  'A row whose interval has been emitted is late. Under `late: drop` it is counted, under `side_output` it also goes to `<node>.late`, '
  + 'under `update` the interval comes again with the row in it and `revision` one higher, as long as the watermark is less than '
  + '`lateness` and one interval behind the close; later it is dropped and counted.';

export const ORDER_DOC =
  'With `time.lateness: 0` rows are taken as they arrive. Above 0 they wait until the watermark has passed them, '
  + 'so that the result does not depend on the order of arrival. '
  + 'A row that comes later is counted as late and dropped, or goes to `<node>.late` under `late: side_output`; earlier rows are not '
  + 'corrected (`late: update` acts like `drop`).';
