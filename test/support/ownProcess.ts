// Imported by tests in test/unit/, test/contracts/ and test/docs/ that change or measure what a whole process has: the backend in
// use, memory, signals. Others share a process with those of their folder: test/groups.mjs.
export {};
