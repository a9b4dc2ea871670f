// A user's program: counts the tensors of a checkpoint. Knows nothing of this project but what is installed.
#include <weightsonly/weightsonly.h>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) return 2;
  const auto checkpoint = weightsonly::Load(argv[1]);
  if (!checkpoint) {
    const weightsonly::Refusal& refusal = checkpoint.error();
    std::cout << "refused: " << weightsonly::KindName(refusal.kind) << ": " << refusal.detail << '\n';
    return 1;
  }
  int count = 0;
  for (const auto& [path, tensor] : checkpoint->tensors()) count += tensor.data().has_value() ? 1 : 0;
  std::cout << count << " tensors\n";
}
