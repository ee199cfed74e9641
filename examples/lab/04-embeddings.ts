// npx tsx examples/lab/04-embeddings.ts [PICTURE]
import { writeFile } from 'node:fs/promises';
import { LanguageModel } from 'babblebrook';
import { Matrix, SVD } from 'ml-matrix';

const model = await LanguageModel.load('models/state-of-the-union/best');
const letters = [...'abcdefghijklmnopqrstuvwxyz'];
const ids = letters.map((letter) => model.tokenizer.encode(letter)[0] ?? 0);
const weight = (name: string) => new Matrix(model.weights[name]?.arraySync() as number[][]);
const ofLetters = (matrix: Matrix) => new Matrix(ids.map((id) => matrix.getRow(id)));

// A letter has two vectors: a row of the embedding, by which it is read, and a column of the projection, by which it is predicted.
const vectors = {
  'read by': ofLetters(weight('embedding')),
  'predicted by': ofLetters(weight('projection').transpose()),
};
for (const [name, matrix] of Object.entries(vectors)) {
  const centred = matrix.center('column'); // without what all letters have in common
  const unit = centred.divColumnVector(centred.to2DArray().map((row) => Math.hypot(...row)));
  const cosines = unit.mmul(unit.transpose());
  console.log(name);
  for (const letter of 'aeomt') {
    const near = (other: string) => cosines.get(letters.indexOf(letter), letters.indexOf(other));
    const others = letters.filter((other) => other !== letter).sort((one, two) => near(two) - near(one)).slice(0, 4);
    console.log(`  ${letter} → ${others.map((other) => `${other} ${near(other).toFixed(2)}`).join('  ')}`);
  }
}

// The letters in the plane in which the second kind differs most: its first two principal components.
const { leftSingularVectors: plane } = new SVD(vectors['predicted by'], { autoTranspose: true });
const place = (row: number, component: number) => Math.round(200 + 320 * plane.get(row, component));
const drawn = letters.map((letter, row) =>
  `<text x="${place(row, 0)}" y="${place(row, 1)}" fill="${/[aeiouy]/.test(letter) ? '#b3261e' : '#20506b'}">${letter}</text>`);
const [path = 'letters.svg'] = process.argv.slice(2);
await writeFile(path, `<svg xmlns="http://www.w3.org/2000/svg" width="400" height="400" font-family="sans-serif" font-size="18" text-anchor="middle">
<title>Letters by the vectors that they are predicted by</title>
<rect width="100%" height="100%" fill="white"/>
${drawn.join('\n')}
</svg>
`);
console.log(`drawn in ${path}`);
