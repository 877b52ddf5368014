/** What the benchmark uses of the peers, which come as scripts that set globals. */

interface Numeric {
  add(one: number | number[], other: number | number[]): number[];
  div(one: number | number[], other: number | number[]): number[];
  exp(values: number[]): number[];
  neg(values: number[]): number[];
  dot(matrix: number[][], vector: number[]): number[];
  transpose(matrix: number[][]): number[][];
}

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
  setBackend(name: string): Promise<boolean>;
  tensor1d(values: Float32Array): TensorflowTensor;
  tensor2d(values: Float32Array, shape: [number, number]): TensorflowTensor;
  transpose(tensor: TensorflowTensor): TensorflowTensor;
  tidy(work: () => TensorflowTensor): TensorflowTensor;
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
  numeric: Numeric;
  tf: Tensorflow;
  ort: Onnxruntime;
}
