module sample {
  requires io.quintet.core;
}
