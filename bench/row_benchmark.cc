// row_benchmark [OPTIONS]: how long each piece of a row's way takes, by Google Benchmark; --help lists its options.
// row_benchmark PIECE ROWS: takes so many rows along one piece and prints nothing, for a program that counts.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <iostream>

#include "bench/pieces.h"

namespace {

using namespace rowcall;

struct NamedPiece {
  const char* name;
  bench::Piece (*make)();
};

constexpr NamedPiece kPieces[] = {
    {"parse", bench::Parse},
    {"map", bench::Map},
    {"body", bench::Body},
    {"request", bench::Request},
    {"answer", bench::Answer},
    {"classify", bench::Classify},
    {"ledger", bench::Ledger},
    {"limit/lines", bench::FindLines},
    {"limit/exchange", bench::Exchange},
    {"limit/insert", bench::BareInsert},
};

int CountOne(std::string_view name, std::size_t rows) {
  const auto* found = std::ranges::find(kPieces, name, &NamedPiece::name);
  if (found == std::end(kPieces)) {
    std::cerr << "row_benchmark: there is no piece " << name << "\n";
    return 2;
  }
  found->make()(rows);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 3 && argv[1][0] != '-') return CountOne(argv[1], std::strtoul(argv[2], nullptr, 10));
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  for (const NamedPiece& piece : kPieces) {
    benchmark::RegisterBenchmark(piece.name, [make = piece.make](benchmark::State& state) {
      bench::Piece run = make();
      for ([[maybe_unused]] auto _ : state) run(bench::kBlock);
      state.SetItemsProcessed(static_cast<std::int64_t>(bench::kBlock) * state.iterations());
    });
  }
  benchmark::RunSpecifiedBenchmarks();
}
