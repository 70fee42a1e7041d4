// A text file, put into the script by the build.
declare module "*.txt" {
  const text: string;
  export default text;
}
