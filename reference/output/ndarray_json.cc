// Floor 7. Values of numpy in the canonical document. SPEC.md chapter 5.
#include "output/ndarray_json.h"

#include <cstddef>
#include <vector>

#include "base/bytes.h"
#include "base/text.h"
#include "output/json.h"
#include "value/ndarrays.h"

namespace weightsonly::output {

void AppendNdarray(std::string& out, const Graph& graph, const NdarrayRecord& array) {
  out += R"({"t":"ndarray","dtype":)";
  AppendJsonString(out, graph.names[graph.numpy_dtypes[array.dtype].name].text);
  out += R"(,"shape":)";
  AppendJsonNumbers(out, ShapeOf(graph, array));
  if (array.scalar) out += R"(,"scalar":true)";
  if (array.column_major) out += R"(,"order":"F")";
  out += R"(,"x":")";
  std::vector<std::byte> elements(BytesOf(graph, array).size());
  CopyRowMajor(graph, array, elements);
  AppendHex(out, AsText(elements));
  out.push_back('"');
}

void AppendNumpyDtype(std::string& out, const Graph& graph, const NumpyDtypeRecord& dtype) {
  out += R"({"t":"npdtype","v":)";
  AppendJsonString(out, graph.names[dtype.name].text);
}

}  // namespace weightsonly::output
