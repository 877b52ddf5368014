/** What the benchmark uses of the peers, which come as scripts that set globals. */

interface Numeric {
  add(one: number[], other: number[]): number[];
  dot(vector: number[], matrix: number[][]): number[];
  transpose(matrix: number[][]): number[][];
}

type Attributes = Record<string, string | number | ((value: number, k: number) => unknown)>;

interface Selection {
  append(name: string): Selection;
  attr(attributes: Attributes): Selection;
  data(values: number[]): Selection & { enter(): Selection };
  selectAll(name: string): Selection;
}

interface Scale {
  (value: number): number;
  domain(ends: [number, number]): Scale;
  range(ends: [number, number]): Scale;
}

interface D3 {
  scale: { linear(): Scale };
  rgb(red: number, green: number, blue: number): object;
  select(element: Element): Selection;
}

type T = TensorflowTensor;

interface TensorflowTensor {
  dataSync(): Float32Array;
  dispose(): void;
}

interface Tensorflow {
  wasm: { setWasmPaths(folder: string): void; setThreadsCount(count: number): void };
  fused: {
    matMul(given: {
      a: TensorflowTensor;
      b: TensorflowTensor;
      bias: TensorflowTensor;
      activation: "sigmoid";
    }): TensorflowTensor;
  };
  env(): { set(flag: string, value: boolean): void };
  abs(value: T): T;
  add(one: T, other: T | number): T;
  div(one: T, other: T | number): T;
  exp(value: T): T;
  log(value: T): T;
  maximum(one: T, other: T | number): T;
  mul(one: T, other: T | number): T;
  neg(value: T): T;
  sigmoid(value: T): T;
  sqrt(value: T): T;
  square(value: T): T;
  sub(one: T, other: T | number): T;
  sum(value: T, axis?: number, keepsAxis?: boolean): T;
  matMul(a: T, b: T, transposeA?: boolean, transposeB?: boolean): T;
  setBackend(name: string): Promise<boolean>;
  tensor1d(values: Float32Array): TensorflowTensor;
  tensor2d(values: Float32Array, shape: [number, number]): TensorflowTensor;
  transpose(tensor: TensorflowTensor): TensorflowTensor;
  tidy<Result>(work: () => Result): Result;
  zeros(shape: number[]): T;
}

interface ConvnetVol {
  w: Float64Array;
}

interface Convnet {
  Vol: new (sx: number, sy: number, depth: number, value: number) => ConvnetVol;
  Net: new () => { makeLayers(layers: object[]): void };
  Trainer: new (net: object, options: object) => { train(x: ConvnetVol, y: Float64Array): { loss: number } };
}

interface OnnxSession {
  run(feeds: object): Promise<{ y: { data: Float32Array } }>;
}

interface Onnxruntime {
  env: { wasm: { wasmPaths: string; numThreads: number } };
  InferenceSession: { create(model: Uint8Array, options: object): Promise<OnnxSession> };
  Tensor: new (type: "float32", values: Float32Array, shape: number[]) => object;
}

interface Window {
  convnetjs: Convnet;
  d3: D3;
  numeric: Numeric;
  tf: Tensorflow;
  ort: Onnxruntime;
}
