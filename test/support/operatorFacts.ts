import test, { type ExecutionContext } from 'ava';
import { from, type OperatorFunction, type Subscription, take } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';

/** Runs marble tests that compare with `t.deepEqual`. */
export function marbles(t: ExecutionContext, run: (helpers: RunHelpers) => void): void {
  new TestScheduler((actual, expected) => void t.deepEqual(actual, expected)).run(run);
}

/** An operator, an item, and what comes out for it: at once, or, with `holds`, at the end; with `once`, but once. */
export interface OperatorExample<A, B> {
  readonly operator: () => OperatorFunction<A, B>;
  readonly item: A;
  readonly result: B;
  readonly holds?: boolean;
  readonly once?: boolean;
}

/** The facts of every operator: what it makes of a source that is silent, empty, short, broken, or left early. */
export function operatorFacts<A, B>({
  operator,
  item,
  result,
  holds = false,
  once = false,
}: OperatorExample<A, B>): void {
  const items = { a: item };
  const results = { r: result };

  test('a source that never emits gives nothing, and no end', (t) => {
    marbles(t, ({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<A>('-', items);
      expectObservable(source.pipe(operator()), '^----!').toBe('-', results);
      expectSubscriptions(source.subscriptions).toBe('^----!');
    });
  });

  test('an empty source gives the end at once', (t) => {
    marbles(t, ({ cold, expectObservable }) => {
      expectObservable(cold<A>('--|', items).pipe(operator())).toBe('--|', results);
    });
  });

  test('a single item gives a single result', (t) => {
    marbles(t, ({ cold, expectObservable }) => {
      expectObservable(cold<A>('-a-|', items).pipe(operator())).toBe(holds ? '---(r|)' : '-r-|', results);
    });
  });

  test(`an error goes through${holds ? ', and what was held is dropped' : ' after the results before it'}`, (t) => {
    marbles(t, ({ cold, expectObservable }) => {
      expectObservable(cold<A>('-a-#', items).pipe(operator())).toBe(holds ? '---#' : '-r-#', results);
    });
  });

  test('unsubscribed early, it leaves its source', (t) => {
    marbles(t, ({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold<A>('-a-a-a-|', items);
      expectObservable(source.pipe(operator()), '^---!').toBe(holds ? '-' : once ? '-r' : '-r-r', results);
      expectSubscriptions(source.subscriptions).toBe('^---!');
    });
  });

  test('left after its first result, it stops an endless synchronous source', (t) => {
    let left = false;
    const endless = function* (): Generator<A> {
      try {
        for (;;) yield item;
      } finally {
        left = true;
      }
    };
    const subscription: Subscription = from(endless()).pipe(operator(), take(1)).subscribe();
    t.true(subscription.closed);
    t.true(left);
  });

  test('two subscriptions share no memory', (t) => {
    marbles(t, ({ cold, expectObservable }) => {
      const observable = cold<A>('-a-|', items).pipe(operator());
      expectObservable(observable).toBe(holds ? '---(r|)' : '-r-|', results);
      expectObservable(observable).toBe(holds ? '---(r|)' : '-r-|', results);
    });
  });
}
