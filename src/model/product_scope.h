// The form of matrix products for as long as this lives, then the one before.
#pragma once

#include "tensor/context.h"

namespace lucie {

class ProductScope {
 public:
  ProductScope(Context& ctx, ProductForm form) : ctx_(ctx), before_(ctx.product_form()) {
    ctx.set_product_form(form);
  }
  ~ProductScope() { ctx_.set_product_form(before_); }
  ProductScope(const ProductScope&) = delete;
  ProductScope& operator=(const ProductScope&) = delete;

 private:
  Context& ctx_;
  ProductForm before_;
};

}  // namespace lucie
