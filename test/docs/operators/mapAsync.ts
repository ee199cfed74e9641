/** Makes each item into another one that has to be waited for: one at a time, and only when it is asked for. */
export function mapAsync<A, B>(source: AsyncIterable<A>, project: (item: A) => Promise<B>): AsyncIterable<B> {
  return {
    async *[Symbol.asyncIterator]() {
      for await (const item of source) yield await project(item);
    },
  };
}
