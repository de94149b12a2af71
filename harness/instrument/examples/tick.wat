(component
  (core module $tick
    (memory 1)
    (func $tick (export "tick") (param $limit i32) (result i32)
      (if (i32.lt_u (i32.load (i32.const 0)) (local.get $limit))
        (then
          (i32.store (i32.const 0) (i32.add (i32.load (i32.const 0)) (i32.const 1)))))
      (i32.load (i32.const 0))))
  (core instance $it (instantiate $tick))
  (func (export "tick") (param "limit" u32) (result u32)
    (canon lift (core func $it "tick"))))
