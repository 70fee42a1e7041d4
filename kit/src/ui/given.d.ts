// Texts that the build puts into a script.

declare module "worker.txt" {
  const text: string;
  export default text;
}

declare module "frame.txt" {
  const text: string;
  export default text;
}
